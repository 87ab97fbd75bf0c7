import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { hostCompiler, sanitizers } from '../native-build.ts';
import { aarch64Programs, type MachineNeed, missing, program } from '../../machine-needs.ts';
import { fakeModel, FakeNpu } from '../../virtual/embedded/fake-npu.ts';
import type { Npu } from '../../virtual/npu.ts';
import type { NpuFaults } from '../../virtual/npu-service/npu-faults.ts';
import { type NpuService, startNpuService } from '../../virtual/npu-service/npu-service.ts';
import {
  buildDemoPrograms,
  type DemoBuild,
  type DemoName,
  type DemoPrograms,
  type DemoRun,
  type RunningDemo,
} from './demo-programs.ts';

const buildOf = (name: string, build: DemoBuild, ...needs: readonly MachineNeed[]) => {
  const lacking = missing(...needs);
  return [lacking === undefined ? name : `${name} (${lacking})`, { build, lacking }] as const;
};

/** The ways in which the library is built. */
export const demoBuilds = [
  buildOf('for this machine', {}, hostCompiler),
  buildOf('with sanitizers', { sanitize: true }, hostCompiler, sanitizers),
  buildOf('for aarch64', { target: 'aarch64' }, program('aarch64-linux-gnu-gcc'), aarch64Programs),
];

let lastSocket = 0;

/**
 * Programs linked with the library, a simulated NPU, and a folder with files, for the tests of one block.
 *
 * @param npu - Behind the service that scripts talk to if nothing else is said.
 */
export function demoBench(
  build: DemoBuild,
  { npu, files }: { readonly npu: Npu; readonly files: Readonly<Record<string, Uint8Array>> },
) {
  let programs: DemoPrograms;
  let service: NpuService;
  const pathOf = (name: string): string => join(programs.folder, name);
  const write = (name: string, bytes: Uint8Array): Promise<void> => writeFile(pathOf(name), bytes);
  const start = (name: DemoName, options: Partial<DemoRun>): RunningDemo =>
    programs.start(name, { npu: service.address, ...options });
  /** @param lines - As demo/script.c says. */
  const startScript = (lines: readonly string[], options: Partial<DemoRun> = {}): RunningDemo =>
    start('script', { input: `${lines.join('\n')}\n`, ...options });
  /** A service of its own for one test. */
  const serviceOf = async (ownNpu: Npu, faults: NpuFaults = {}): Promise<NpuService> => {
    const path = pathOf(`npu-${++lastSocket}.sock`);
    const own = await startNpuService({ npu: ownNpu, listen: { unix: path }, faults });
    onTestFinished(() => own[Symbol.asyncDispose]());
    return own;
  };

  beforeAll(async () => {
    programs = await buildDemoPrograms(build);
    service = await startNpuService({ npu, listen: { tcp: 0 } });
    for (const [name, bytes] of Object.entries(files)) await write(name, bytes);
  }, 120_000);
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    await programs[Symbol.asyncDispose]();
  });

  return {
    pathOf,
    write,
    file: (name: string): Promise<Buffer> => readFile(pathOf(name)),
    classify: (...args: readonly string[]) => start('classify', { args }).ended,
    startScript,
    /** A whole script. */
    script: (lines: readonly string[], options?: Partial<DemoRun>) => startScript(lines, options).ended,
    serviceOf,
    /** The same with a {@link FakeNpu}; its model is in the file `fake`, an input for it in `four`. */
    fakeService: async (faults?: NpuFaults): Promise<NpuService> => {
      await write('fake', fakeModel(4, 6));
      await write('four', Uint8Array.of(0, 1, 2, 255));
      return serviceOf(new FakeNpu(), faults);
    },
  };
}
