import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../harness-version.ts';

/** How a program ended, and all it printed. */
export interface Finished {
  /** null if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningHil {
  readonly pid: number;
  /** What it has printed so far, both streams together. */
  readonly output: () => string;
  readonly finished: Promise<Finished>;
}

/** Runs the built program in a folder and waits for its end. */
export const hil = (cwd: string, ...args: readonly string[]): Promise<Finished> =>
  startHil(cwd, args).finished;

/**
 * Starts the built program (`npm run build` makes it) as a person would, in a process group of its own.
 *
 * @throws {Error} If it has not been built.
 */
export function startHil(cwd: string, args: readonly string[]): RunningHil {
  if (!existsSync(join(packageFolder, 'dist')))
    throw new Error(
      'these tests run the built program: start them with `npm test`, or call `npm run build` first',
    );
  return watchProcess(
    spawn(process.execPath, [join(packageFolder, 'bin/hil.js'), ...args], {
      cwd,
      env: plainEnvironment(),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

/** The environment of a person's shell, without what the test runner adds to its workers'. */
export const plainEnvironment = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
  NO_COLOR: '1',
});

/** Collects what a process prints. */
export function watchProcess(child: ChildProcess): RunningHil {
  let [stdout, stderr] = ['', ''];
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return {
    pid: child.pid!,
    output: () => stderr + stdout,
    finished: new Promise((resolve, reject) => {
      child.once('error', reject).once('close', (code) => resolve({ code, stdout, stderr }));
    }),
  };
}

/**
 * Output with all that differs from run to run made equal: times, run ids, hashes, ports, the project's folder and the
 * width of columns. Lines have no blanks at their ends.
 */
export const masked = (text: string, root: string): string[] =>
  text
    .replaceAll(root, '<root>')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-[0-9a-f]{4}/g, '<run>')
    .replaceAll(/\b\d+(\.\d+)? (ms|s|min)\b/g, '<time>')
    .replaceAll(/(127\.0\.0\.1:|-p )\d+/g, '$1<port>')
    .replaceAll(/-[0-9a-f]{8}\b/g, '-<hash>')
    .split('\n')
    .map((line) => line.trimEnd().replaceAll(/(\S) {2,}/g, '$1  '));
