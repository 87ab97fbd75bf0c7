import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadProject } from '../../project/project.ts';
import { pruneObjects } from '../../store/prune-objects.ts';
import { runsFolder } from '../../store/run-folder.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { openWholeHistory } from '../open-history.ts';

export interface PruneOptions {
  readonly before: Date;
  readonly keep: number;
}

/** `hil prune`: forgets old runs: their records in the history, their folders, and what only their captures needed. */
export async function pruneCommand({ before, keep }: PruneOptions, io: Io): Promise<ExitCode> {
  const project = loadProject(io.cwd);
  await using store = await openWholeHistory(project, io);
  const runs = await store.prune({ before: before.toISOString(), keep });
  for (const run of runs) {
    const folder = join(runsFolder(project.stateFolder), run);
    if (existsSync(folder)) await rm(folder, { recursive: true });
  }
  const freedBytes = await pruneObjects(project.stateFolder);
  io.stdout.write(
    `${runs.length} runs from before ${before.toISOString().slice(0, 10)} forgotten, ` +
      `${(freedBytes / 1e6).toFixed(1)} MB of captured buffers freed.\n`,
  );
  return exitCodes.ok;
}
