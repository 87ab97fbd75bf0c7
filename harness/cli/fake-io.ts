import { runCli } from './program.ts';
import type { ExitCode, Io } from './io.ts';

/** What a command line came to. */
export interface CliResult {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** An `io` in a folder, and what is written to it. */
export function fakeIo(cwd: string): { readonly io: Io; readonly written: Omit<CliResult, 'code'> } {
  const written = { stdout: '', stderr: '' };
  const io: Io = {
    stdout: { write: (text: string) => ((written.stdout += text), true) },
    stderr: { write: (text: string) => ((written.stderr += text), true) },
    cwd,
    env: { NO_COLOR: '1' },
    signal: new AbortController().signal,
  };
  return { io, written };
}

/** Runs one command line in this process, as if started in `cwd`, and collects what it writes. For tests. */
export async function cli(cwd: string, ...args: readonly string[]): Promise<CliResult> {
  const { io, written } = fakeIo(cwd);
  const code = await runCli(args, io);
  return { code, ...written };
}
