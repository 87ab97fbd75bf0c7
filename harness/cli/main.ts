import { installSignals } from './interrupt.ts';
import { runCli } from './program.ts';

const interrupt = installSignals();
process.exitCode = await runCli(process.argv.slice(2), {
  // Opened only for a command that asks for it.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
  env: process.env,
  signal: interrupt.signal,
});
interrupt.uninstall();
