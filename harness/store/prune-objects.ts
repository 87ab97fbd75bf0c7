import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { runsFolder } from './run-folder.ts';

/** An object that a run is writing now may not be named by its capture yet. */
const youngMs = 3_600_000;

/**
 * Removes the objects that no capture names any more.
 *
 * @returns Bytes freed.
 */
export async function pruneObjects(stateFolder: string): Promise<number> {
  const objects = join(stateFolder, 'objects');
  if (!existsSync(objects)) return 0;
  const used = namedObjects(stateFolder);
  let freed = 0;
  for (const folder of readdirSync(objects)) {
    for (const name of readdirSync(join(objects, folder))) {
      const path = join(objects, folder, name);
      const { size, mtimeMs } = statSync(path);
      if (used.has(folder + name) || Date.now() - mtimeMs < youngMs) continue;
      await rm(path);
      freed += size;
    }
  }
  return freed;
}

/** Every SHA-256 that a capture mentions, whatever it means there: better one object too many than one too few. */
function namedObjects(stateFolder: string): Set<string> {
  const captures = globSync('*/cases/*/capture.json', { cwd: runsFolder(stateFolder), absolute: true });
  return new Set(captures.flatMap((path) => readFileSync(path, 'utf8').match(/\b[0-9a-f]{64}\b/g) ?? []));
}
