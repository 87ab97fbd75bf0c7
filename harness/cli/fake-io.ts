import { runCli } from './program.ts';
import type { ExitCode, Io } from './io.ts';

/** What a command line came to. */
export interface CliResult {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line in this process, as if started in `cwd`, and collects what it writes. For tests. */
export async function cli(cwd: string, ...args: readonly string[]): Promise<CliResult> {
  let [stdout, stderr] = ['', ''];
  const io: Io = {
    stdout: { write: (text: string) => ((stdout += text), true) },
    stderr: { write: (text: string) => ((stderr += text), true) },
    cwd,
    env: { NO_COLOR: '1' },
    signal: new AbortController().signal,
  };
  const code = await runCli(args, io);
  return { code, stdout, stderr };
}
