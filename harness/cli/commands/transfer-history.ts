import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { loadProject } from '../../project/project.ts';
import { exportLines, ImportError, importLines } from '../../store/history/json-lines.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { openHistory, openWholeHistory } from '../open-history.ts';

/** `hil export`: the whole history as JSON Lines. */
export async function exportCommand({ output }: { readonly output?: string }, io: Io): Promise<ExitCode> {
  await using store = await openWholeHistory(loadProject(io.cwd), io);
  if (output === undefined) {
    for await (const line of exportLines(store)) io.stdout.write(line);
    return exitCodes.ok;
  }
  const file = createWriteStream(resolve(io.cwd, output));
  let lines = 0;
  for await (const line of exportLines(store)) {
    lines++;
    if (!file.write(line)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  io.stdout.write(`${lines} lines written to ${output}\n`);
  return exitCodes.ok;
}

/** `hil import`: adds what `hil export` wrote, here or elsewhere; what is there already stays. */
export async function importCommand(files: readonly string[], io: Io): Promise<ExitCode> {
  const missing = files.find((file) => !existsSync(resolve(io.cwd, file)));
  if (missing !== undefined) {
    throw new ImportError(`${missing}: there is no such file`, { hint: 'Check the path.' });
  }
  await using store = await openHistory(loadProject(io.cwd), io);
  for (const file of files) {
    const lines = createInterface({ input: createReadStream(resolve(io.cwd, file)), crlfDelay: Infinity });
    const { runs, records } = await importLines(store, lines, file);
    io.stdout.write(`${file}: ${runs} runs, ${records} records that were not in ${store.place}\n`);
  }
  return exitCodes.ok;
}
