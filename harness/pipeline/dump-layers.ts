import type { VisitOutcome } from '../board/broker/lease.ts';
import type { Target } from '../board/choose-target.ts';
import type { InferRequest, LayerOutput } from '../board/session.ts';
import type { Cancellable } from '../cancellable.ts';
import { boardModelPath } from '../spec/board-model-path.ts';
import type { Case } from '../spec/case.ts';
import type { CaseServices } from './case-services.ts';

/**
 * Runs a judged case's input once more on the same board, with per-layer dumps on. It is a run of its own, on a lease of
 * its own: dumps change how the board executes.
 *
 * @param request - What the board was asked in the run that was judged.
 * @throws {HilError} If the board does not give its layers; the session is closed then, so that the next case is safe.
 */
export async function dumpLayers(
  { spec }: Case,
  target: Target,
  request: InferRequest,
  { leases, sessions, models }: Pick<CaseServices, 'leases' | 'sessions' | 'models'>,
  { signal }: Cancellable,
): Promise<LayerOutput[]> {
  const path = boardModelPath(spec, target.sdk);
  const lease = await leases.lease([{ target, warmth: `${target.sdk} ${path}` }], { signal });
  let outcome: VisitOutcome = { kind: 'unknown' };
  try {
    const { model } = await sessions.ready(target, await models.read(path), { signal });
    const layers: LayerOutput[] = [];
    for await (const layer of model.layers({ ...request, repeats: 1 }, { signal })) layers.push(layer);
    outcome = { kind: 'fine' };
    return layers;
  } finally {
    const isWarm = outcome.kind === 'fine' && sessions.sessionTo(target.board)?.alive === true;
    if (!isWarm) await sessions.drop(target.board.name);
    lease.release(outcome, isWarm);
  }
}
