import { ConversionProgress } from '../../reports/console/conversion-progress.ts';
import { type ConversionResult, convertModels } from '../convert/convert-models.ts';
import type { PlannedCase } from '../pipeline/plan-cases.ts';
import type { Project } from '../project/project.ts';
import type { Io } from './io.ts';

export interface ConvertChoices {
  /** Convert what is in the cache too. */
  readonly again?: boolean | undefined;
  readonly onResults?: (results: readonly ConversionResult[]) => void;
}

/**
 * Makes the models that the cases need, and shows on standard error how it goes.
 *
 * @returns The cases with their models; undefined if it was interrupted.
 */
export async function convertFor(
  planned: readonly PlannedCase[],
  project: Project,
  io: Pick<Io, 'stderr' | 'env' | 'signal'>,
  { again, onResults }: ConvertChoices = {},
): Promise<PlannedCase[] | undefined> {
  using progress = new ConversionProgress(io.stderr, io.env);
  try {
    const made = await convertModels(project, planned, { signal: io.signal, listener: progress, again });
    onResults?.(made.results);
    return made.planned;
  } catch (error) {
    if (io.signal.aborted) return undefined;
    throw error;
  }
}
