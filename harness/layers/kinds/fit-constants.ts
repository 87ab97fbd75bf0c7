import type { FitSums } from './error-scan.ts';
import { factorFigure, figure, type Subject, tellsInSteps, type Trial, typicalStep } from './trial.ts';

/** board = gain * reference + offset. */
interface Line {
  readonly gain: number;
  readonly offset: number;
}

type Model = 'offset' | 'factor' | 'both';

/** Fewer elements per channel say nothing about a channel's own constant. */
const fewestPerChannel = 8;

/** Only what takes away so much of the free elements' error is worth a pass over all elements. */
const worthTrying = 0.7;
/** More numbers must leave this share of what fewer leave. */
const worthMoreNumbers = 0.83;

/** Constants per tensor and per channel, as offset, as factor, and as both: those that take away much of the error. */
export function fitConstants(subject: Subject): Trial[] {
  const { free } = subject.scan;
  const total = sumOf(free);
  const split = free.length > 1 && free.filter(({ n }) => n >= fewestPerChannel).length > free.length / 4;
  const promising: Fit[] = [];
  const consider = (fits: readonly Fit[]) => {
    const least = Math.min(worthTrying * total.ee, ...promising.map(({ left }) => worthMoreNumbers * left));
    promising.push(
      ...fits.filter(
        ({ left, lines, model }) => left <= least && total.n > lines.length * parametersOf(model),
      ),
    );
  };
  consider([fitOf('offset', [fitted(total, 'offset')]), fitOf('factor', [fitted(total, 'factor')])]);
  consider([fitOf('both', [fitted(total, 'both')])]);
  if (split) {
    const perChannel = (model: Model) =>
      fitOf(
        model,
        free.map((sums) => fittedChannel(sums, model)),
      );
    consider([perChannel('offset'), perChannel('factor')]);
    consider([perChannel('both')]);
  }
  return promising.map((fit) => trialOf(subject, fit));
}

interface Fit {
  readonly model: Model;
  readonly lines: readonly Fitted[];
  /** Sum of squares that it leaves of the free elements. */
  readonly left: number;
}

const fitOf = (model: Model, lines: readonly Fitted[]): Fit => ({
  model,
  lines,
  left: Math.max(
    0,
    lines.reduce((sum, { rest }) => sum + rest, 0),
  ),
});

const parametersOf = (model: Model) => (model === 'both' ? 2 : 1);

interface Fitted extends Line {
  /** Sum of squares left over the elements that were fitted. */
  readonly rest: number;
}

function fitted({ n, r, e, rr, re, ee }: FitSums, model: Model): Fitted {
  const none = { gain: 1, offset: 0, rest: ee };
  if (model === 'offset') return n === 0 ? none : { gain: 1, offset: e / n, rest: ee - (e * e) / n };
  if (model === 'factor')
    return rr === 0 ? none : { gain: 1 + re / rr, offset: 0, rest: ee - (re * re) / rr };
  const determinant = rr * n - r * r;
  // Values that are all alike cannot tell an offset from a factor.
  if (!(determinant > 1e-9 * rr * n)) return none;
  const slope = (re * n - r * e) / determinant;
  const offset = (e * rr - r * re) / determinant;
  return { gain: 1 + slope, offset, rest: ee - slope * re - offset * e };
}

const fittedChannel = (sums: FitSums, model: Model): Fitted =>
  sums.n >= fewestPerChannel ? fitted(sums, model) : { gain: 1, offset: 0, rest: sums.ee };

function sumOf(parts: readonly FitSums[]): FitSums {
  const total: FitSums = { n: 0, r: 0, e: 0, rr: 0, re: 0, ee: 0 };
  for (const part of parts) {
    for (const key of ['n', 'r', 'e', 'rr', 're', 'ee'] as const) total[key] += part[key];
  }
  return total;
}

function trialOf(subject: Subject, { model, lines }: Fit): Trial {
  return {
    kind:
      model === 'offset' ? 'constant-offset' : model === 'factor' ? 'constant-factor' : 'offset-and-factor',
    parameters: lines.length * parametersOf(model),
    rest: restBehind(subject, lines),
    ...describe(subject, model, lines),
  };
}

/**
 * Sum of squares after the lines, over all elements. Where an activation holds the reference, its value before is
 * unknown: there the board may have any value between the held one and what the line makes of it.
 */
function restBehind({ reference, board, view, scan }: Subject, lines: readonly Line[]): number {
  const { outer, channels, inner } = view;
  const [low, high] = [scan.plateaus[0] ?? -Infinity, scan.plateaus[1] ?? Infinity];
  const nothingHeld = low === -Infinity && high === Infinity;
  let rest = 0;
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < channels; c++) {
      const { gain, offset } = lines[lines.length === 1 ? 0 : c]!;
      const start = (o * channels + c) * inner;
      for (let i = start; i < start + inner; i++) {
        const r = reference[i]!;
        const b = board[i]!;
        const predicted = gain * r + offset;
        let e = b - predicted;
        if (nothingHeld) {
          rest += e * e;
          continue;
        }
        const held = predicted < low ? low : predicted > high ? high : predicted;
        if (Math.abs(b - held) < Math.abs(e)) e = b - held;
        if ((r === low || r === high) && (b - r) * (b - predicted) <= 0) continue;
        rest += e * e;
      }
    }
  }
  return rest;
}

function describe(
  subject: Subject,
  model: Model,
  lines: readonly Line[],
): Pick<Trial, 'evidence' | 'what' | 'lookAt'> {
  const step = typicalStep(subject);
  const offsets = spread(lines.map(({ offset }) => offset));
  const gains = spread(lines.map(({ gain }) => gain));
  const evidence = {
    ...(model === 'factor' ? {} : offsetEvidence(offsets, step, lines)),
    ...(model === 'offset' ? {} : factorEvidence(gains, lines)),
  };
  const one = lines.length === 1;
  const offsetText = one
    ? `is off by ${figure(offsets.mean)}${inBrackets([offsets.mean / step], wholeSteps(offsets.mean / step, subject))}`
    : `is off by a constant of its channel, ${figure(offsets.low)} to ${figure(offsets.high)}${inBrackets([offsets.low / step, offsets.high / step])}`;
  const factorText = one
    ? `is ${factorFigure(gains.mean)} times the reference`
    : `is a constant of its channel times the reference, ${factorFigure(gains.low)} to ${factorFigure(gains.high)}`;
  const both = one
    ? `is ${factorFigure(gains.mean)} times the reference plus ${figure(offsets.mean)}`
    : `is the reference times a constant of its channel (${factorFigure(gains.low)} to ${factorFigure(gains.high)}) plus another (${figure(offsets.low)} to ${figure(offsets.high)})`;
  switch (model) {
    case 'offset':
      return { evidence, what: `every value ${offsetText}`, lookAt: 'a bias, a mean or a zero point' };
    case 'factor':
      return {
        evidence,
        what: `every value ${factorText}`,
        lookAt: 'a scale, a standard deviation, a normalisation epsilon, or weights that were cut',
      };
    case 'both':
      return {
        evidence,
        what: `every value ${both}`,
        lookAt: 'normalisation: mean with standard deviation, or scale with bias',
      };
  }
}

const inBrackets = (steps: readonly number[], more = ''): string =>
  steps.every(tellsInSteps) ? ` (${steps.map(figure).join(' to ')} steps${more})` : '';

const wholeSteps = (steps: number, { grid }: Subject): string =>
  grid.uniform && Math.abs(steps) > 0.9 && Math.abs(steps - Math.round(steps)) < 0.1
    ? ': a whole number, as a zero point makes'
    : '';

interface Spread {
  readonly low: number;
  readonly high: number;
  readonly mean: number;
}

function spread(values: readonly number[]): Spread {
  const sum = values.reduce((a, b) => a + b, 0);
  return {
    low: values.reduce((a, b) => Math.min(a, b)),
    high: values.reduce((a, b) => Math.max(a, b)),
    mean: sum / values.length,
  };
}

const offsetEvidence = ({ low, high, mean }: Spread, step: number, lines: readonly Line[]) =>
  lines.length === 1
    ? { offset: mean, offsetSteps: mean / step }
    : {
        offsetMean: mean,
        offsetMin: low,
        offsetMax: high,
        channels: lines.length,
        channelsAffected: lines.filter(({ offset }) => Math.abs(offset) > step).length,
      };

const factorEvidence = ({ low, high, mean }: Spread, lines: readonly Line[]) =>
  lines.length === 1
    ? { factor: mean }
    : {
        factorMean: mean,
        factorMin: low,
        factorMax: high,
        channels: lines.length,
        channelsAffected: lines.filter(({ gain }) => Math.abs(gain - 1) > 1 / 1024).length,
      };
