import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Message, Reply, VendorInput } from '../protocol/messages.ts';
import { type MachineNeed, program, skipUnlessMet } from '../machine-needs.ts';
import { buildNative, hostCompiler, sanitizers } from './native-build.ts';
import { greeting, type BodyOf, RunnerProcess } from './runner-process.ts';

/** What the library that plays the vendor is told; test-library/vendor.c has the list. Without `VENDOR_`. */
type VendorScript = Readonly<Record<string, string | number>>;

interface StartOptions {
  readonly vendor?: VendorScript;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One build of the runner, with the library that plays the vendor, in a folder of this test. */
export class RunnerUnderTest {
  /** Where layer dumps go, and nothing else. */
  work = '';
  /** What starts the runner: its file, or an emulator before it. */
  command: readonly string[] = [];
  library = '';
  #folder = '';
  #started: RunnerProcess[] = [];

  prepare(command: readonly string[], library: string): void {
    this.command = command;
    this.library = library;
    this.#folder = mkdtempSync(join(tmpdir(), 'hil-native-'));
    this.work = mkdtempSync(join(this.#folder, 'work-'));
  }

  async cleanUp(): Promise<void> {
    for (const runner of this.#started.splice(0)) await runner[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Starts it; a test's end kills it. */
  start({ vendor = {}, args, env = {} }: StartOptions = {}): RunnerProcess {
    const script = Object.entries(vendor).map(([name, value]) => [`VENDOR_${name}`, String(value)]);
    const [file, ...before] = this.command;
    const runner = new RunnerProcess({
      file: file!,
      args: [...before, ...(args ?? ['--library', this.library, '--work', this.work])],
      env: {
        VENDOR_TRACE: join(this.#folder, 'trace'),
        ASAN_OPTIONS: 'handle_segv=0:allocator_may_return_null=1',
        ...Object.fromEntries(script),
        ...env,
      },
    });
    this.#started.push(runner);
    return runner;
  }

  /** Starts it, greets it, loads a model: number 1. */
  async startLoaded(options?: StartOptions): Promise<RunnerProcess> {
    const runner = this.start(options);
    for (const request of [greeting, this.load()]) {
      const { head } = await runner.ask(request);
      if (head.type === 'error') throw new Error(`${request.type}: ${head.message}`);
    }
    return runner;
  }

  /** The request to load a model file that is made for it. */
  load(content: string | Uint8Array = 'a model'): BodyOf<'load'> {
    const sha256 = createHash('sha256').update(content).digest('hex');
    const path = join(this.#folder, sha256);
    writeFileSync(path, content);
    return { type: 'load', path, sha256 };
  }

  /** The calls that the vendor's library saw. */
  trace(): readonly string[] {
    return readFileSync(join(this.#folder, 'trace'), 'utf8').trimEnd().split('\n');
  }
}

interface Build {
  readonly build: string;
  /** For the build script. */
  readonly options: readonly string[];
  /** What starts the program. */
  readonly start: readonly string[];
  readonly needs: readonly MachineNeed[];
}

const builds: readonly Build[] = [
  { build: 'the runner', options: [], start: [], needs: [hostCompiler] },
  {
    build: 'the runner under sanitizers',
    options: ['--sanitize'],
    start: [],
    needs: [hostCompiler, sanitizers],
  },
  {
    build: 'the runner for aarch64',
    options: ['--target', 'aarch64'],
    start: ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'],
    needs: [program('aarch64-linux-gnu-gcc'), program('qemu-aarch64-static')],
  },
];

/** Runs tests with the runner as it is shipped, for this machine and for boards, and with one that watches its memory. */
export function describeRunner(name: string, tests: (runner: RunnerUnderTest) => void): void {
  describe.each(builds)(`$build ${name}`, ({ options, start, needs }) => {
    const runner = new RunnerUnderTest();
    let command: readonly string[] = [];
    let library = '';
    beforeAll(() => {
      if (!needs.every((need) => need.met())) return;
      command = [...start, buildNative(...options)[0]!];
      library = buildNative('--tests', ...options)[0]!;
    }, 120_000);
    beforeEach((context) => {
      skipUnlessMet(context, ...needs);
      runner.prepare(command, library);
    });
    afterEach(() => runner.cleanUp());
    tests(runner);
  });
}

/** An input of four bytes, as most tests send it. */
export const fourBytes: VendorInput = {
  index: 0, type: 3, fmt: 1, pass_through: false, size: 4, offset: 0, length: 4,
}; // prettier-ignore

export const inferFour: BodyOf<'infer'> = { type: 'infer', model: 1, repeats: 1, inputs: [fourBytes] };

/** For `expect.poll`: nothing is said about how long something takes. */
export const patient = { timeout: 15_000 };

/** What an error answer is expected to be. */
export const refusal = (code: string, fields: Record<string, unknown> = {}): Message<Reply> =>
  expect.objectContaining({
    head: expect.objectContaining({ type: 'error', code, usable: true, ...fields }),
  });
