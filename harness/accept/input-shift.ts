import type { CaseEvidence, OutputEvidence } from './evidence/evidence.ts';
import { type ScoreRow, scoreRows } from './scores.ts';

/** What one input says about the move from one stack to the other: sums over the elements of one output. */
export interface InputShift {
  readonly caseName: string;
  /** Whether both stacks answered with the same bits. */
  readonly identical: boolean;
  /** Weighted sums with x the golden's score and d the change, e the error of either stack. */
  readonly xx: number;
  readonly xd: number;
  readonly dd: number;
  readonly xErrorBefore: number;
  readonly xErrorAfter: number;
  /** Variance of `xd` from the stored grids. */
  readonly gridVariance: number;
  /** Root mean square of the error, weighted, on the scale of the scores. */
  readonly errorBefore: number;
  readonly errorAfter: number;
  /** For each class against the weighted mean of the others in its row; for plain values class 0 is their mean. */
  readonly classes: ReadonlyMap<number, ClassShift>;
}

export interface ClassShift {
  readonly change: number;
  readonly errorBefore: number;
  readonly errorAfter: number;
  /** Weight of the class among all elements. */
  readonly weight: number;
  readonly gridVariance: number;
}

/** @returns undefined where there is nothing to compare on. */
export function inputShift(
  { record }: CaseEvidence,
  baseline: OutputEvidence,
  candidate: OutputEvidence,
): InputShift | undefined {
  const rows = scoreRows(baseline, candidate);
  if (rows.length === 0 || !rows.every(isFinite)) return undefined;
  const totals = { weight: 0, xx: 0, xd: 0, dd: 0, xb: 0, xc: 0, grid: 0, bb: 0, cc: 0 };
  const classes = new Map<number, ClassShift & { rows: number }>();
  for (const row of rows) {
    addRow(totals, row);
    for (const [label, shift] of classShifts(row)) {
      const known = classes.get(label);
      classes.set(label, known === undefined ? { ...shift, rows: 1 } : added(known, shift));
    }
  }
  return {
    caseName: record.case.name,
    identical: baseline.board.every((value, i) => Object.is(value, candidate.board[i])),
    xx: totals.xx,
    xd: totals.xd,
    dd: totals.dd,
    xErrorBefore: totals.xb,
    xErrorAfter: totals.xc,
    gridVariance: totals.grid,
    errorBefore: Math.sqrt(totals.bb / totals.weight),
    errorAfter: Math.sqrt(totals.cc / totals.weight),
    classes: new Map([...classes].map(([label, shift]) => [label, averaged(shift)])),
  };
}

const isFinite = ({ baseline, candidate }: ScoreRow): boolean =>
  baseline.every(Number.isFinite) && candidate.every(Number.isFinite);

function addRow(
  totals: Record<'weight' | 'xx' | 'xd' | 'dd' | 'xb' | 'xc' | 'grid' | 'bb' | 'cc', number>,
  { golden, baseline, candidate, weight, gridVariance }: ScoreRow,
): void {
  for (const [i, x] of golden.entries()) {
    const w = weight[i]!;
    const [before, after] = [baseline[i]! - x, candidate[i]! - x];
    const d = candidate[i]! - baseline[i]!;
    totals.weight += w;
    totals.xx += w * x * x;
    totals.xd += w * x * d;
    totals.dd += w * d * d;
    totals.xb += w * x * before;
    totals.xc += w * x * after;
    totals.grid += (w * x) ** 2 * gridVariance[i]!;
    totals.bb += w * before * before;
    totals.cc += w * after * after;
  }
}

function classShifts(row: ScoreRow): [number, ClassShift][] {
  const { classes, golden, baseline, candidate, weight, gridVariance } = row;
  const total = weight.reduce((sum, w) => sum + w, 0);
  if (classes === undefined) {
    const meanOf = (of: (i: number) => number) => weight.reduce((sum, w, i) => sum + w * of(i), 0) / total;
    return [
      [
        0,
        {
          change: meanOf((i) => candidate[i]! - baseline[i]!),
          errorBefore: meanOf((i) => baseline[i]! - golden[i]!),
          errorAfter: meanOf((i) => candidate[i]! - golden[i]!),
          weight: total,
          gridVariance: weight.reduce((sum, w, i) => sum + w * w * gridVariance[i]!, 0) / (total * total),
        },
      ],
    ];
  }
  return Array.from(classes, (label, i) => {
    // Centred scores: against the others' mean, which the class itself has been taken out of.
    const againstOthers = total / (total - weight[i]!);
    return [
      label,
      {
        change: againstOthers * (candidate[i]! - baseline[i]!),
        errorBefore: againstOthers * (baseline[i]! - golden[i]!),
        errorAfter: againstOthers * (candidate[i]! - golden[i]!),
        weight: weight[i]!,
        gridVariance: againstOthers ** 2 * gridVariance[i]!,
      },
    ] as [number, ClassShift];
  });
}

type Summed = ClassShift & { readonly rows: number };

const added = (a: Summed, b: ClassShift): Summed => ({
  change: a.change + b.change,
  errorBefore: a.errorBefore + b.errorBefore,
  errorAfter: a.errorAfter + b.errorAfter,
  weight: a.weight + b.weight,
  gridVariance: a.gridVariance + b.gridVariance,
  rows: a.rows + 1,
});

const averaged = ({ rows, ...sum }: Summed): ClassShift => ({
  change: sum.change / rows,
  errorBefore: sum.errorBefore / rows,
  errorAfter: sum.errorAfter / rows,
  weight: sum.weight,
  gridVariance: sum.gridVariance / (rows * rows),
});
