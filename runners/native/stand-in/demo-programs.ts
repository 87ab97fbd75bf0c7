import { execFile, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildNative } from '../native-build.ts';

// Builds the stand-in library and programs that use it as a team's own do, for tests.

const run = promisify(execFile);
const native = join(import.meta.dirname, '..');

export interface DemoBuild {
  readonly target?: 'host' | 'aarch64';
  readonly sanitize?: boolean;
}

/** Programs that are linked with the library. Disposing removes them. */
export interface DemoPrograms extends AsyncDisposable {
  readonly library: string;
  /** An empty folder for the programs' files. */
  readonly folder: string;
  start(program: DemoName, options: DemoRun): RunningDemo;
}

export type DemoName = 'classify' | 'script';

export interface DemoRun {
  readonly args?: readonly string[];
  readonly input?: string;
  /** Value of HIL_NPU. */
  readonly npu: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningDemo {
  readonly ended: Promise<DemoResult>;
  /** Resolves when the program has said this on its standard error. */
  says(text: string): Promise<void>;
  /** Lets a script that waits go on. */
  resume(): void;
  kill(): void;
}

export interface DemoResult {
  /** Exit status, or the signal's name. */
  readonly end: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export async function buildDemoPrograms({
  target = 'host',
  sanitize = false,
}: DemoBuild = {}): Promise<DemoPrograms> {
  const library = buildLibrary({ target, sanitize });
  const folder = await mkdtemp(join(tmpdir(), 'hil-stand-in-'));
  const programs = join(folder, 'programs');
  await mkdir(programs);
  const compiler = target === 'aarch64' ? 'aarch64-linux-gnu-gcc' : (process.env['CC'] ?? 'cc');
  const flags = [
    '-std=c11',
    '-D_GNU_SOURCE',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-O1',
    '-g',
    `-I${join(native, 'abi')}`,
  ];
  if (sanitize) flags.push('-fsanitize=address,undefined', '-fno-sanitize-recover=all');
  const libraries = [`-L${dirname(library)}`, '-lrknn_api', '-pthread', `-Wl,-rpath,${dirname(library)}`];
  await Promise.all(
    (['classify', 'script'] as const).map((name) => {
      const source = join(import.meta.dirname, 'demo', `${name}.c`);
      return run(compiler, [...flags, source, '-o', join(programs, name), ...libraries]);
    }),
  );
  return {
    library,
    folder,
    start: (program, options) => start(join(programs, program), folder, target, options),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** @returns The path of the library that the project's build script makes. */
export function buildLibrary({ target = 'host', sanitize = false }: DemoBuild = {}): string {
  const files = buildNative('--target', target, ...(sanitize ? ['--sanitize'] : []));
  const library = files.find((file) => file.endsWith('/librknn_api.so'));
  if (library === undefined)
    throw new Error(`the build script made no librknn_api.so, but ${files.join(', ')}`);
  return library;
}

/** Where the cross compiler's libraries are; without them a program for another machine does not start. */
export const aarch64Root = '/usr/aarch64-linux-gnu';

function start(
  path: string,
  cwd: string,
  target: 'host' | 'aarch64',
  { args = [], input = '', npu, env = {} }: DemoRun,
): RunningDemo {
  const foreign = target === 'aarch64' && process.arch !== 'arm64';
  const child = spawn(path, args, {
    cwd,
    env: {
      PATH: process.env['PATH'],
      HIL_NPU: npu,
      // A fault's signal is to end the program as it would without sanitizers.
      ASAN_OPTIONS: 'handle_segv=0:handle_abort=0',
      UBSAN_OPTIONS: 'handle_segv=0:handle_abort=0',
      ...(foreign ? { QEMU_LD_PREFIX: aarch64Root } : {}),
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  const ended = new Promise<DemoResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ end: signal ?? code!, ...text }));
  });
  const said = new EventEmitter().setMaxListeners(0);
  child.stdout.setEncoding('latin1').on('data', (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding('latin1').on('data', (chunk: string) => {
    text.stderr += chunk;
    said.emit('text');
  });
  // A program that died reads no more.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const gate = child.stdio[3] as NodeJS.WritableStream;
  gate.on('error', () => undefined);
  return {
    ended,
    says: (wanted) => {
      const early = ended.then(({ end, stderr }) => {
        if (stderr.includes(wanted)) return;
        throw new Error(`it ended (${end}) without "${wanted}": ${stderr}`);
      });
      const arrived = new Promise<void>((resolve) => {
        const look = (): void => void (text.stderr.includes(wanted) && resolve());
        said.on('text', look);
        look();
      });
      return Promise.race([early, arrived]);
    },
    resume: () => void gate.write('.'),
    kill: () => void child.kill('SIGKILL'),
  };
}
