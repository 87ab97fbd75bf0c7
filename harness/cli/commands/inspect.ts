import { resolve } from 'node:path';
import { coloursFor } from '../../../reports/console/appearance.ts';
import { inspectionLines } from '../../../reports/inspect/inspection-lines.ts';
import { HilError } from '../../hil-error.ts';
import { inspectFile } from '../../inspect/inspect-file.ts';
import type { Inspection } from '../../inspect/inspection.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { printError } from '../print-error.ts';

/** `hil inspect`: what each model file says. One that cannot be read does not keep the others from being shown. */
export async function inspectCommand(
  files: readonly string[],
  options: { readonly json?: true },
  io: Io,
): Promise<ExitCode> {
  const found: Inspection[] = [];
  let exitCode: ExitCode = exitCodes.ok;
  const colours = coloursFor(io.stdout, io.env);
  for (const file of files) {
    io.signal.throwIfAborted();
    try {
      const inspection = await inspectFile(resolve(io.cwd, file), file);
      found.push(inspection);
      if (!options.json) io.stdout.write(`${inspectionLines(inspection, colours).join('\n')}\n\n`);
    } catch (error) {
      if (!(error instanceof HilError)) throw error;
      exitCode = printError(error, io);
    }
  }
  if (options.json) io.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
  return exitCode;
}
