import { installSignals } from './interrupt.ts';
import { runCli } from './program.ts';

const interrupt = installSignals();
process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
  env: process.env,
  signal: interrupt.signal,
});
interrupt.uninstall();
