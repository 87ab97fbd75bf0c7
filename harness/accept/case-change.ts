import type { Check, Metrics, OutputComparison, RankedClass } from '../compare/comparison.ts';
import { shareUsed } from '../compare/share-used.ts';
import { median } from '../median.ts';
import type { CaseRecord } from '../store/record.ts';
import type { InputShift } from './input-shift.ts';
import type { CasePair } from './pair-cases.ts';

/** Everything that changed in one case. */
export interface CaseChange {
  readonly name: string;
  readonly spec: string;
  readonly input: string;
  readonly before: SideOfCase;
  readonly after: SideOfCase;
  readonly outputs: readonly OutputChange[];
  /**
   * Of the error, on the scale of the logits, where outputs could be compared element by element: `identical` if no bit
   * differs, `level` if the error changed by less than a thousandth of itself.
   */
  readonly trend: 'identical' | 'better' | 'worse' | 'level' | 'unknown';
  readonly latencyRatio: number | undefined;
}

export interface SideOfCase {
  readonly verdict: CaseRecord['verdict'];
  readonly marginal: boolean;
  readonly reason: string | undefined;
  readonly board: string;
  readonly boardModel: string | undefined;
  /** Share of the tightest limit that is used; over 1 fails, Infinity for a broken limit of 0. */
  readonly used: number;
  /** The check that uses most. */
  readonly tightest: string | undefined;
  readonly npuTimeUs: number | undefined;
  readonly unstable: boolean;
  readonly repeats: number;
}

export interface OutputChange {
  readonly output: string;
  /** By name: before, after. Only numbers that are finite on a side at least. */
  readonly metrics: Readonly<Record<string, readonly [before: number, after: number]>>;
  readonly top1?: Top1Change | undefined;
  /** Root mean square error on the scale of the logits (nats), or in units of the golden's RMS for plain values. */
  readonly error?: readonly [before: number, after: number] | undefined;
}

export interface Top1Change {
  readonly golden: RankedClass;
  readonly before: RankedClass;
  readonly after: RankedClass;
  readonly agreed: boolean;
  readonly agrees: boolean;
  /** Log-odds between the golden's two best classes, in nats, on all three sides. */
  readonly goldenMargin: number;
  readonly marginBefore: number;
  readonly marginAfter: number;
}

const shownMetrics = [
  'maxAbsError',
  'meanAbsError',
  'maxRelError',
  'rmse',
  'cosine',
  'snrDb',
  'gain',
  'kl',
  'maxUlp',
] as const satisfies readonly (keyof Metrics)[];

/** @param shifts - By output; what could not be compared element by element is left out. */
export function caseChange(
  { name, baseline, candidate }: CasePair,
  shifts: ReadonlyMap<string, InputShift>,
): CaseChange {
  const { spec, input } = baseline.record.case;
  const [before, after] = [sideOf(baseline.record), sideOf(candidate.record)];
  const outputs = (baseline.record.comparison?.outputs ?? []).flatMap((output) => {
    const other = candidate.record.comparison?.outputs.find((each) => each.name === output.name);
    if (other === undefined) return [];
    const shift = shifts.get(output.name);
    return [outputChange(output, other, shift && [shift.errorBefore, shift.errorAfter])];
  });
  const known = [...shifts.values()];
  return {
    name,
    spec,
    input,
    before,
    after,
    outputs,
    trend:
      known.length === 0
        ? 'unknown'
        : known.every(({ identical }) => identical)
          ? 'identical'
          : trendOf(
              Math.max(...known.map(({ errorBefore }) => errorBefore)),
              Math.max(...known.map(({ errorAfter }) => errorAfter)),
            ),
    latencyRatio:
      before.npuTimeUs === undefined || after.npuTimeUs === undefined || before.npuTimeUs === 0
        ? undefined
        : after.npuTimeUs / before.npuTimeUs,
  };
}

const levelShare = 1e-3;

function trendOf(before: number, after: number): CaseChange['trend'] {
  if (Math.abs(after - before) <= levelShare * Math.max(before, after)) return 'level';
  return after > before ? 'worse' : 'better';
}

function sideOf(record: CaseRecord): SideOfCase {
  const checks = record.comparison?.outputs.flatMap((output) => output.checks) ?? [];
  const tightest = checks.reduce<Check | undefined>(
    (most, check) => (most === undefined || shareUsed(check) > shareUsed(most) ? check : most),
    undefined,
  );
  return {
    verdict: record.verdict,
    marginal: record.marginal,
    reason: record.reason,
    board: record.target.board,
    boardModel: record.hashes.boardModel,
    used: tightest === undefined ? NaN : shareUsed(tightest),
    tightest: tightest?.name,
    npuTimeUs: median(record.timings.npuTimeUs),
    unstable: record.comparison?.faults.some(({ kind }) => kind === 'unstable') ?? false,
    repeats: record.timings.npuTimeUs.length,
  };
}

function outputChange(
  before: OutputComparison,
  after: OutputComparison,
  error: OutputChange['error'],
): OutputChange {
  return {
    output: before.name,
    metrics: Object.fromEntries(
      shownMetrics
        .map((name) => [name, [before.metrics[name], after.metrics[name]]] as const)
        .filter(([, sides]) => !sides.every(Number.isNaN)),
    ),
    top1: top1Change(before, after),
    error,
  };
}

function top1Change(
  { ranking: before }: OutputComparison,
  { ranking: after }: OutputComparison,
): Top1Change | undefined {
  const golden = before?.goldenTop[0];
  const [a, b] = [before?.boardTop[0], after?.boardTop[0]];
  if (!before || !after || !golden || !a || !b) return undefined;
  return {
    golden,
    before: a,
    after: b,
    agreed: before.top1Agrees,
    agrees: after.top1Agrees,
    goldenMargin: before.goldenMargin,
    marginBefore: before.boardMargin,
    marginAfter: after.boardMargin,
  };
}
