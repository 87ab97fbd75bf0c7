import { guardOutput } from './guard-output.ts';
import { installSignals } from './interrupt.ts';
import { exitCodes, type Io } from './io.ts';
import { printError } from './print-error.ts';
import { runCli } from './program.ts';
import { watchForUntimelyEnd } from './untimely-end.ts';

const outputFailure = guardOutput(process.stdout, 'standard output');
guardOutput(process.stderr, 'standard error');
const interrupt = installSignals();
const untimelyEnd = watchForUntimelyEnd(process);
const io: Io = {
  // Opened only for a command that asks for it.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
  env: process.env,
  signal: interrupt.signal,
};
const exitCode = await runCli(process.argv.slice(2), io);
untimelyEnd.stopWatching();
// A stream tells of a failed write one turn later.
await new Promise(setImmediate);
const failure = outputFailure();
const outputCode = failure === undefined ? exitCodes.ok : printError(failure, io);
process.exitCode = exitCode === exitCodes.ok ? outputCode : exitCode;
interrupt.uninstall();
