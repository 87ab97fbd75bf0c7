import { coloursFor } from '../../../reports/console/appearance.ts';
import { diffLines } from '../../../reports/history/diff-lines.ts';
import { loadProject } from '../../project/project.ts';
import { diffRuns } from '../../store/history/diff-runs.ts';
import { encodeNumber } from '../../store/record-journal.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { openWholeHistory } from '../open-history.ts';

export interface DiffOptions {
  readonly all?: boolean;
  readonly json?: true;
}

/** `hil diff`: two runs, case by case: what moved, by how much, and what changed around the network. */
export async function diffCommand(
  before: string,
  after: string,
  { all = false, json }: DiffOptions,
  io: Io,
): Promise<ExitCode> {
  await using store = await openWholeHistory(loadProject(io.cwd), io);
  const [first, second] = [await store.findRun(before), await store.findRun(after)];
  const diff = diffRuns(await store.recordsOf(first.id), await store.recordsOf(second.id));
  if (json) {
    const cases = diff.cases.map(({ name, board, outputs, surroundings, change }) => ({
      name,
      board,
      change,
      outputs,
      surroundings,
    }));
    io.stdout.write(`${JSON.stringify({ before: first, after: second, ...diff, cases }, encodeNumber, 2)}\n`);
  } else {
    const lines = diffLines(diff, coloursFor(io.stdout, io.env), { all });
    io.stdout.write(`${first.id} → ${second.id}\n\n${lines.join('\n')}\n`);
  }
  return exitCodes.ok;
}
