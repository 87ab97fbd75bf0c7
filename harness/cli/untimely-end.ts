import { exitCodes } from './io.ts';

/**
 * Makes an end before the command is done a failure. A spec in TypeScript, or what it imports, may call `process.exit(0)`;
 * the run would then look as if everything had passed.
 */
export function watchForUntimelyEnd(program: NodeJS.Process): { readonly stopWatching: () => void } {
  const onExit = (code: number) => {
    // Whoever ends it with another code says so: Ctrl-C does.
    if (code !== 0) return;
    program.exitCode = exitCodes.usage;
    program.stderr.write(
      'error: the program was ended from within before it was done\n' +
        '  next: Look for process.exit in specs in TypeScript, in what they import, and in reporters.\n' +
        '  code: HIL_ENDED_EARLY\n',
    );
  };
  program.once('exit', onExit);
  return { stopWatching: () => void program.off('exit', onExit) };
}
