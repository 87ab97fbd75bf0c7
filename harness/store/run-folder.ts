import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { HilError } from '../hil-error.ts';

/** A run that is asked for by name but is not there. */
export class UnknownRunError extends HilError {
  readonly code = 'HIL_RUN_UNKNOWN';
  readonly owner = 'spec';
}

/** Where runs are kept: `<state>/runs/<id>/`. */
export const runsFolder = (stateFolder: string) => join(stateFolder, 'runs');

/** A new run's name: sorts by time, and does not clash with one that starts in the same second. */
export function newRunId(now: Date): string {
  const time = now.toISOString().slice(0, 19).replaceAll(':', '-');
  return `${time}-${randomBytes(2).toString('hex')}`;
}

/** All runs, oldest first. */
export function listRuns(stateFolder: string): string[] {
  const folder = runsFolder(stateFolder);
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /^\d{4}-\d\d-\d\dT/.test(name))
        .sort()
    : [];
}

/**
 * The folder of a run: by its id, by the beginning of its id, or the newest for `latest`.
 *
 * @throws {UnknownRunError}
 */
export function findRunFolder(stateFolder: string, name: string): string {
  const runs = listRuns(stateFolder);
  const matches = name === 'latest' ? runs.slice(-1) : runs.filter((run) => run.startsWith(name));
  const [match] = matches;
  if (match === undefined || matches.length > 1) {
    const known = runs.slice(-3).reverse().join(', ');
    throw new UnknownRunError(
      match === undefined
        ? `there is no run ${name} in ${runsFolder(stateFolder)}`
        : `${name} is the beginning of ${matches.length} runs`,
      {
        hint:
          known === ''
            ? 'Start one with `npx hil run`.'
            : `The newest runs are ${known}; \`latest\` names the newest.`,
      },
    );
  }
  return join(runsFolder(stateFolder), match);
}
