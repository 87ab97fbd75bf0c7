import type { PlannedCase } from '../pipeline/plan-cases.ts';

/** Removes the containers of boards whose worker was killed before it could do so itself, as when a run is called off. */
export async function sweepContainers(planned: readonly PlannedCase[]): Promise<void> {
  if (!planned.some(({ targets }) => targets.some(({ board }) => board.runner === 'container'))) return;
  const { findEngine } = await import('../../runners/virtual/container/engine.ts');
  const { removeLeftovers } = await import('../../runners/virtual/container/leftover-containers.ts');
  try {
    await removeLeftovers((await findEngine()).client);
  } catch {
    // Without an engine there is nothing to sweep; one that fails is told by the cases.
  }
}
