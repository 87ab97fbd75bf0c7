import { coloursFor } from '../../../reports/console/appearance.ts';
import { runLines } from '../../../reports/history/run-lines.ts';
import { loadProject } from '../../project/project.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { openWholeHistory } from '../open-history.ts';

/** `hil runs`: the newest runs of the history. */
export async function runsCommand(
  { limit, json }: { readonly limit: number; readonly json?: true },
  io: Io,
): Promise<ExitCode> {
  await using store = await openWholeHistory(loadProject(io.cwd), io);
  const runs = await store.listRuns(limit);
  if (json) io.stdout.write(`${JSON.stringify(runs, undefined, 2)}\n`);
  else if (runs.length === 0) io.stdout.write(`No run in ${store.place} yet: start one with npx hil run.\n`);
  else io.stdout.write(`${runLines(runs, coloursFor(io.stdout, io.env)).join('\n')}\n`);
  return exitCodes.ok;
}
