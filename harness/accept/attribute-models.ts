import {
  type Attribution,
  correctGrids,
  type GridCell,
  type GridEffects,
  gridEffects,
} from './attribution.ts';
import type { StackEvidence } from './evidence/evidence.ts';
import { signed, signedPercent } from './figures.ts';
import { gridCells, type GridResponse, gridResponses } from './grid-cell.ts';

/** The four corners of the grid; model first, then runtime. A mixed one that no board runs has no cases. */
export interface GridEvidence {
  readonly oldOld: StackEvidence;
  readonly newNew: StackEvidence;
  /** The new model on the old runtime. */
  readonly newOld: StackEvidence;
  /** The old model on the new runtime. */
  readonly oldNew: StackEvidence;
}

/** What moved one network, or why that cannot be said. */
export interface ModelAttribution {
  readonly network: string;
  readonly responses: readonly (Attribution & { readonly response: GridResponse })[];
  /** What is missing of the grid, and why. */
  readonly notes: readonly string[];
}

const corners = [
  ['oldOld', 'old', 'old'],
  ['newOld', 'new', 'old'],
  ['oldNew', 'old', 'new'],
  ['newNew', 'new', 'new'],
] as const satisfies readonly (readonly [keyof GridEvidence, GridCell['model'], GridCell['runtime']])[];

const cornerName = {
  newOld: 'the new model on the old runtime',
  oldNew: 'the old model on the new runtime',
} as const;

/** Attributes the change of every network; all effects of all networks stand under one correction. */
export function attributeModels(evidence: GridEvidence, confidence: number): ModelAttribution[] {
  const networks = [...new Set(evidence.oldOld.cases.map(({ record }) => record.case.spec))];
  const measured = networks.map((network) => ({ network, ...measure(network, evidence, confidence) }));
  const grids = measured.flatMap((each) => each.grids);
  const corrected = correctGrids(
    grids.map(({ effects }) => effects),
    confidence,
    (grid, value) => showResponse(grids[grid]!.response, value),
  );
  let next = 0;
  return measured.map(({ network, grids: own, notes }) => ({
    network,
    responses: own.map(({ response }) => ({ response, ...corrected[next++]! })),
    notes,
  }));
}

/** A response as people read it. */
export const showResponse = (response: GridResponse, value: number): string =>
  response === 'scale' ? signedPercent(value) : `${signed(value)} nats`;

function measure(
  network: string,
  evidence: GridEvidence,
  confidence: number,
): {
  readonly grids: readonly { readonly response: GridResponse; readonly effects: GridEffects }[];
  readonly notes: readonly string[];
} {
  const models = (corner: keyof GridEvidence) =>
    new Set(
      evidence[corner].cases
        .filter(({ record }) => record.case.spec === network)
        .flatMap(({ record }) => record.hashes.boardModel ?? []),
    );
  const [before, after] = [models('oldOld'), models('newNew')];
  if (before.size > 0 && [...after].every((hash) => before.has(hash)))
    return {
      grids: [],
      notes: ['One model file serves both stacks: what changed is not the converter’s doing.'],
    };
  const notes: string[] = [];
  for (const corner of ['newOld', 'oldNew'] as const) {
    const own = evidence[corner].cases.filter(({ record }) => record.case.spec === network);
    const refused = own.filter(({ outputs }) => outputs.length === 0);
    if (own.length === 0 || refused.length > 0)
      notes.push(
        `No answers of ${cornerName[corner]}${refused.length === 0 ? '' : ` in ${refused.length} of ${own.length} cases: ${refused[0]!.record.reason ?? 'no reason was told'}`}`,
      );
  }
  for (const corner of ['newOld', 'oldNew'] as const)
    if (evidence[corner].canaries.some(({ passed }) => !passed))
      notes.push(`The canary failed around the runs of ${cornerName[corner]}: do not trust this grid.`);
  const grids = gridResponses.flatMap((response) => {
    const cells = corners.flatMap(([corner, model, runtime]) =>
      gridCells(evidence[corner], { model, runtime }, response, network),
    );
    const effects = gridEffects(onCommonBoards(cells), confidence);
    return effects === undefined ? [] : [{ response, effects }];
  });
  if (grids.length === 0)
    notes.push('Fewer than two cases have answers in enough combinations: nothing is attributed.');
  return { grids, notes };
}

/** Boards are a factor only where each has the whole grid; else their cases count as one board's. */
function onCommonBoards(cells: readonly GridCell[]): GridCell[] {
  const boardsOf = corners
    .map(([, model, runtime]) =>
      cells.filter((cell) => cell.model === model && cell.runtime === runtime).map(({ board }) => board),
    )
    .filter((boards) => boards.length > 0);
  const all = new Set(boardsOf.flat());
  if (boardsOf.every((boards) => boards.length === all.size)) return [...cells];
  const name = [...all].sort().join(' or ');
  return corners.flatMap(([, model, runtime]) => {
    const own = cells.filter((cell) => cell.model === model && cell.runtime === runtime);
    return own.length === 0
      ? []
      : [{ model, runtime, board: name, responses: new Map(own.flatMap(({ responses }) => [...responses])) }];
  });
}
