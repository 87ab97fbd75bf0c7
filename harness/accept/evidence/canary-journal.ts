import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HilError } from '../../hil-error.ts';
import { writeDurably } from '../../store/durable-file.ts';
import type { CanaryEvidence } from './evidence.ts';

const fileName = 'canaries.json';

const canariesSchema = z.array(
  z.strictObject({
    board: z.string(),
    sdk: z.string(),
    when: z.enum(['before', 'after']),
    passed: z.boolean(),
    message: z.string(),
  }),
);

/** A run's file of canaries that cannot be read. */
export class CanariesUnreadableError extends HilError {
  readonly code = 'HIL_CANARIES_UNREADABLE';
  readonly owner = 'lab';
}

/** Keeps with a run what the canaries around it said. */
export const writeCanaries = (runFolder: string, canaries: readonly CanaryEvidence[]): Promise<void> =>
  writeDurably(join(runFolder, fileName), `${JSON.stringify(canaries, undefined, 1)}\n`);

/** @returns An empty list for a run that no canary was run around. */
export async function readCanaries(runFolder: string): Promise<CanaryEvidence[]> {
  const path = join(runFolder, fileName);
  if (!existsSync(path)) return [];
  try {
    return canariesSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new CanariesUnreadableError(`${path} does not hold what the canaries of a run said`, {
      hint: 'Delete the file, or run the cases again.',
      cause,
    });
  }
}
