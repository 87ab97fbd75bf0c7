import { coloursFor } from '../../../reports/console/appearance.ts';
import { historyLines } from '../../../reports/history/history-lines.ts';
import { HilError } from '../../hil-error.ts';
import { loadProject } from '../../project/project.ts';
import type { HistoryPoint, RecordStore } from '../../store/history/record-store.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { openWholeHistory } from '../open-history.ts';

export interface HistoryOptions {
  readonly board?: string;
  readonly sdk?: string;
  readonly since?: Date;
  readonly limit: number;
  readonly json?: true;
}

/** No case of the history has the name asked for. */
export class NoSuchCaseError extends HilError {
  readonly code = 'HIL_HISTORY_NO_CASE';
  readonly owner = 'spec';
}

/** `hil history`: cases over time, for each SDK stack and board, simulated ones apart. */
export async function historyCommand(
  name: string | undefined,
  options: HistoryOptions,
  io: Io,
): Promise<ExitCode> {
  await using store = await openWholeHistory(loadProject(io.cwd), io);
  const points = [
    ...(await pointsOf(store, name, options, false)),
    ...(await pointsOf(store, name, options, true)),
  ];
  if (points.length === 0 && name !== undefined) {
    throw new NoSuchCaseError(
      `no case in ${store.place} contains “${name}” in its name, as far as asked for`,
      {
        hint: 'List all with `npx hil history`.',
      },
    );
  }
  if (options.json) io.stdout.write(`${JSON.stringify(points, undefined, 2)}\n`);
  else if (points.length === 0)
    io.stdout.write(`No record in ${store.place} yet: start a run with npx hil run.\n`);
  else io.stdout.write(`${historyLines(points, coloursFor(io.stdout, io.env)).join('\n')}\n`);
  return exitCodes.ok;
}

async function pointsOf(
  store: RecordStore,
  name: string | undefined,
  { board, sdk, since, limit }: HistoryOptions,
  simulated: boolean,
): Promise<HistoryPoint[]> {
  const found = await store.caseNames(name ?? '', simulated);
  const exact = found.filter((caseName) => caseName === name);
  const points: HistoryPoint[] = [];
  for (const caseName of exact.length > 0 ? exact : found) {
    points.push(
      ...(await store.history({
        simulated,
        case: caseName,
        board,
        sdk,
        since: since?.toISOString(),
        limit,
      })),
    );
  }
  return points;
}
