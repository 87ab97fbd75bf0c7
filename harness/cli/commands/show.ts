import { coloursFor, usableWidth } from '../../../reports/console/appearance.ts';
import { caseDetails } from '../../../reports/console/case-details.ts';
import { resultTable } from '../../../reports/console/result-table.ts';
import { countRecords, simulationNotice, summaryLine } from '../../../reports/facts/run-counts.ts';
import { briefLines } from '../../../reports/history/brief-lines.ts';
import { runLines } from '../../../reports/history/run-lines.ts';
import { loadProject } from '../../project/project.ts';
import { encodeNumber } from '../../store/record-journal.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { openWholeHistory } from '../open-history.ts';

/** `hil show`: a run out of the history, as it was told when it ended. */
export async function showCommand(
  name: string,
  { brief, json }: { readonly brief?: true; readonly json?: true },
  io: Io,
): Promise<ExitCode> {
  await using store = await openWholeHistory(loadProject(io.cwd), io);
  const run = await store.findRun(name);
  const records = await store.recordsOf(run.id);
  if (json) {
    io.stdout.write(`${JSON.stringify({ ...run, records }, encodeNumber, 2)}\n`);
    return exitCodes.ok;
  }
  if (brief) {
    io.stdout.write(`${briefLines(run, records).join('\n')}\n`);
    return exitCodes.ok;
  }
  const colours = coloursFor(io.stdout, io.env);
  const counts = countRecords(records);
  const notice = simulationNotice(counts);
  const lines = [
    ...runLines([run], colours),
    ...(run.ciUrl ? [`CI build ${run.ciUrl}`] : []),
    '',
    ...(records.length > 0 ? [...resultTable(records, usableWidth(io.stdout), colours), ''] : []),
    ...caseDetails(records, colours).flatMap((block) => [...block, '']),
    summaryLine(counts),
    ...(notice ? [notice] : []),
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
  return exitCodes.ok;
}
