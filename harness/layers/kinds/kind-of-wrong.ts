import type { TensorStorage } from '../../reference/npu-format/tensor-storage.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { channelView } from './channel-view.ts';
import { type ErrorScan, noiseOf, scanErrors } from './error-scan.ts';
import { findActivation } from './find-activation.ts';
import { findChannelOrder } from './find-channel-order.ts';
import { findHeldValues } from './find-held-values.ts';
import { findRearrangement } from './find-rearrangement.ts';
import { fitConstants } from './fit-constants.ts';
import { judgeRounding } from './judge-rounding.ts';
import { guessStorage, type StorageGrid, storageGrid } from './storage-steps.ts';
import { errorSize, figure, type Subject, type Trial, typicalStep } from './trial.ts';
import type { Explanation, KindOfWrong, KindOfWrongOptions } from './wrong-kind.ts';

/** Rms errors up to this many times what the format explains are rounding, unless they have a shape. */
const roundingFactor = 2.5;
/** What an explanation may leave, in the same unit, to count as complete. */
const completeFactor = 2;
/** The share of the squared error that an incomplete explanation must take away. */
const leastShare = 0.8;
/** Explanations whose rest is within this factor of the best fit equally well. */
const equallyWell = 1.2;
/** Through fewer values some line goes nearly always: a fit through them is no evidence. */
const fewestForShape = 4;
/** What an explanation of all the error may leave, in steps. */
const roundingLeft = 1;
/** Below this correlation the board's values have nothing to do with the reference (the vendor's own limit). */
const leastCorrelation = 0.5;

/**
 * Says from the error's own shape what sort of mistake lies between two sides of a layer. Pure arithmetic over both
 * arrays; nothing is known about the network.
 *
 * @param reference - fp32 values.
 * @param board - Dequantised values of the board, in the reference's layout; the reference's shape counts.
 * @param storage - How the board stores this tensor; undefined: guessed from the values (float16 or float32).
 * @throws {RangeError} If the element counts differ.
 */
export function kindOfWrong(
  reference: Tensor<'float32'>,
  board: Tensor<'float32'>,
  storage: TensorStorage | undefined,
  options: KindOfWrongOptions = {},
): KindOfWrong {
  if (reference.data.length !== board.data.length) {
    throw new RangeError(
      `the reference has ${reference.data.length} values, the board ${board.data.length}: they are not of one layer`,
    );
  }
  const grid = storageGrid(storage ?? guessStorage(board.data));
  const view = channelView(reference.shape, options.channelAxis);
  const scan = scanErrors(reference.data, board.data, view, grid, options.expectedRmse);
  const noise =
    Math.max(noiseOf(grid, scan.all.n, scan.all.rr, scan.sumSquaredSteps), (options.expectedRmse ?? 0) ** 2) *
    enlargement(scan, grid);
  const subject: Subject = {
    reference: reference.data,
    board: board.data,
    shape: reference.shape,
    view,
    grid,
    scan,
    noise,
  };
  const simple = withoutShape(subject);
  if (simple !== undefined) return { ...simple, alternatives: [] };

  const small = scan.all.ee <= roundingFactor ** 2 * noise * scan.all.n && scan.outlierChannels === 0;
  const constants = fitConstants(subject);
  const structured = small
    ? constants.filter((trial) => visible(trial, subject))
    : [
        ...constants,
        ...findHeldValues(subject),
        ...(settled(constants, subject) ? [] : findElsewhere(subject, options)),
      ];
  const fitting = chooseTrials(structured, subject);
  if (fitting.length > 0 && scan.elements < fewestForShape) return tooFew(fitting, subject);
  const [best, ...alternatives] = fitting.map((trial) => explain(trial, subject));
  if (best === undefined) {
    return small ? judgeRounding(subject, constants, basics(subject), options) : noShape(subject);
  }
  if (alternatives.length === 0) return { ...best, alternatives };
  const reason =
    scan.elements < 64 ? ` (${scan.elements} values are too few, or too much alike, to tell)` : '';
  const others = fitting.slice(1).map(({ what }) => what);
  return {
    ...best,
    sentence: `${best.sentence} Equally well${reason}: ${others.join('; or: ')}.`,
    alternatives,
  };
}

/** A board whose values are larger than the reference's rounds in larger steps, if its format is a float. */
function enlargement({ all: { rr, re, ee } }: ErrorScan, { uniform }: StorageGrid): number {
  return uniform || rr === 0 ? 1 : Math.max(1, (rr + 2 * re + ee) / rr);
}

/** Where a constant leaves nothing but the format's noise in many values, values in other places cannot do so as well. */
function settled(constants: readonly Trial[], { scan, noise }: Subject): boolean {
  return (
    scan.elements >= 4096 &&
    constants.some(
      ({ kind, rest }) =>
        kind !== 'offset-and-factor' && rest <= noise * scan.all.n && rest < 0.1 * scan.all.ee,
    )
  );
}

const findElsewhere = (subject: Subject, { others }: KindOfWrongOptions): Trial[] => [
  ...findRearrangement(subject, others),
  ...findChannelOrder(subject),
  ...findActivation(subject),
];

/** What needs no fitting. */
function withoutShape(subject: Subject): Explanation | undefined {
  const { scan, board, grid } = subject;
  const evidence = basics(subject);
  if (scan.nonFiniteBoard > 0) {
    const overflow = scan.range.reference[1] > grid.limits[1] || scan.range.reference[0] < grid.limits[0];
    return {
      kind: 'non-finite',
      evidence: { ...evidence, nonFinite: scan.nonFiniteBoard },
      sentence: `${scan.nonFiniteBoard} of ${scan.elements} values are NaN or infinite on the board. ${
        overflow
          ? `The reference reaches ${figure(scan.range.reference[1])}, beyond ${grid.name}: an overflow.`
          : 'The reference stays within the format’s range, so look for an overflow in an earlier layer.'
      }`,
    };
  }
  if (scan.nonFiniteReference > 0) {
    return {
      kind: 'non-finite',
      evidence: { ...evidence, nonFiniteReference: scan.nonFiniteReference },
      sentence: `${scan.nonFiniteReference} of ${scan.elements} values are NaN or infinite in the reference itself: the model overflows in float32 as well, or got wrong input.`,
    };
  }
  if (scan.different === 0) {
    return { kind: 'no-difference', evidence, sentence: 'No difference: every value is the reference’s.' };
  }
  const [low, high] = scan.range.board;
  if (low === high && board.length > 1 && scan.range.reference[0] !== scan.range.reference[1]) {
    if (scan.all.ee <= roundingFactor ** 2 * subject.noise * scan.all.n) return undefined;
    return {
      kind: 'constant-output',
      evidence: { ...evidence, value: low },
      sentence: `Every value is ${figure(low)} on the board, where the reference goes from ${figure(scan.range.reference[0])} to ${figure(scan.range.reference[1])}. ${
        low === 0
          ? 'All zeros are what an NPU that hung leaves: look at the run time and the kernel log.'
          : 'Look for a layer that was saturated or not run.'
      }`,
    };
  }
  return undefined;
}

/** A constant below one step of the format is rounding's business. */
function visible({ rest }: Trial, subject: Subject): boolean {
  const effect = (subject.scan.all.ee - rest) / subject.scan.all.n;
  return effect >= subject.scan.sumSquaredSteps / subject.scan.all.n;
}

/** The explanations that fit, best and simplest first; those that fit clearly worse are left out. */
function chooseTrials(trials: readonly Trial[], { scan, noise }: Subject): Trial[] {
  const n = scan.all.n;
  const scaled = trials.flatMap((trial) => {
    if (n <= trial.parameters) return [];
    const whole = trial.whole ?? scan.all.ee;
    // Fitted numbers take away error by being fitted; count what is left accordingly.
    const rest = (Math.max(0, trial.rest) * n) / (n - trial.parameters);
    const share = 1 - rest / whole;
    const complete = rest <= completeFactor ** 2 * noise * n && share >= 0.5;
    const follows = 1 - rest / Math.max(spreadOf(scan), Number.MIN_VALUE) >= leastShare;
    return complete || (share >= leastShare && follows) ? [{ trial, relative: rest / whole, rest }] : [];
  });
  const best = Math.min(...scaled.map(({ relative }) => relative));
  // Below the output's own rounding nothing tells one explanation from another; below the noise of the whole layer
  // (which the weights' rounding is part of) a constant of each channel is no better than one of all.
  const roundingAlone = (equallyWell * scan.sumSquaredSteps) / 12;
  const equal = scaled.filter(
    ({ trial, relative, rest }) =>
      relative <= equallyWell * best ||
      rest <= (trial.kind.startsWith('constant-') ? Math.max(noise * n, roundingAlone) : roundingAlone),
  );
  const sorted = equal
    .toSorted((a, b) => a.trial.parameters - b.trial.parameters || a.relative - b.relative)
    .map(({ trial }) => trial);
  const simpler = sorted.some(({ kind }) => kind === 'constant-offset' || kind === 'constant-factor');
  // One trial per kind, the simplest; and not both constants where one of them is enough.
  return sorted.filter(
    ({ kind }, i) =>
      sorted.findIndex((other) => other.kind === kind) === i && !(simpler && kind === 'offset-and-factor'),
  );
}

/** Sum of squares of the board's values around their mean. */
function spreadOf({ all: { n, r, e, rr, re, ee } }: ErrorScan): number {
  return rr + 2 * re + ee - (r + e) ** 2 / n;
}

/** The numbers that every kind comes with. */
function basics({ scan }: Subject): Record<string, number> {
  const { n, r, e, rr, re, ee } = scan.all;
  const covariance = rr + re - (r * (r + e)) / n;
  const spread = (rr - (r * r) / n) * spreadOf(scan);
  return {
    elements: scan.elements,
    rmsSteps: Math.sqrt(scan.steps.sumSquared / n),
    maxSteps: scan.steps.max,
    meanSteps: scan.steps.sum / n,
    rmsError: Math.sqrt(ee / n),
    maxAbsError: scan.maxAbsError,
    correlation: spread > 0 ? Math.min(1, covariance / Math.sqrt(spread)) : NaN,
  };
}

function explain(trial: Trial, subject: Subject): Explanation {
  const { scan } = subject;
  const whole = trial.whole ?? scan.all.ee;
  const left = Math.sqrt(trial.rest / scan.all.n);
  const share = Math.max(0, 1 - trial.rest / whole);
  const step = typicalStep(subject);
  const what = `${trial.what.charAt(0).toUpperCase()}${trial.what.slice(1)}`;
  return {
    kind: trial.kind,
    evidence: { ...basics(subject), ...trial.evidence, explainedShare: share, residualSteps: left / step },
    sentence: `${what}. This explains ${shareText(share, left / step)} of the error and leaves ${errorSize(left / step, left, subject)}. Look at ${trial.lookAt}.`,
  };
}

/** "All" only where nothing but the rounding of the format is left. */
const shareText = (share: number, leftSteps: number): string =>
  share <= 0.9995 ? `${(100 * share).toFixed(1)} %` : leftSteps <= roundingLeft ? 'all' : 'most';

/** Some line goes through two or three values whatever is wrong: what fits is named, but not as a fact. */
function tooFew(fitting: readonly Trial[], subject: Subject): KindOfWrong {
  const { evidence } = noShape(subject);
  const fits = fitting.map(({ what }) => what).join('; or: ');
  return {
    kind: 'unexplained',
    evidence,
    sentence: `The error is ${errorSize(evidence['rmsSteps']!, evidence['rmsError']!, subject)}, ${figure(evidence['timesFormat']!)} times what the format explains. ${subject.scan.elements} values are too few to see a shape in; it could be, among others, that ${fits}.`,
    alternatives: fitting.map((trial) => explain(trial, subject)),
  };
}

function noShape(subject: Subject): KindOfWrong {
  const { scan, noise } = subject;
  const evidence: Record<string, number> = {
    ...basics(subject),
    timesFormat: Math.sqrt(scan.all.ee / scan.all.n / noise),
    outlierChannels: scan.outlierChannels,
  };
  const size = `${errorSize(evidence['rmsSteps']!, evidence['rmsError']!, subject)}, ${figure(evidence['timesFormat']!)} times what the format explains`;
  const correlation = evidence['correlation']!;
  const few = scan.elements < 8;
  if (!few && !(correlation >= leastCorrelation)) {
    return {
      kind: 'uncorrelated',
      evidence,
      sentence: `The board's values have nothing to do with the reference (correlation ${figure(correlation)}). Look for an operator that went wrong altogether, or another layer's data.`,
      alternatives: [],
    };
  }
  const more = few
    ? `${scan.elements} values are too few to see a shape in.`
    : evidence['timesFormat']! < roundingFactor
      ? 'Almost everywhere the error is small; single values are far off.'
      : Math.abs(evidence['meanSteps']!) < 0.2 * evidence['rmsSteps']!
        ? 'It leans to no side, as rounding that adds up over layers does; the layer fed with the board’s own input would tell.'
        : 'It leans to one side.';
  return {
    kind: 'unexplained',
    evidence,
    sentence: `The error has none of the known shapes: ${size}, correlation ${figure(correlation)}. ${more}`,
    alternatives: [],
  };
}
