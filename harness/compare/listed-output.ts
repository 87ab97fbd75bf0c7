import { minNormalHalf } from '../tensor/half.ts';
import { elementCount, formatShape } from '../tensor/tensor.ts';
import { bestClasses } from './best-classes.ts';
import { checksOf } from './checks.ts';
import type { ElementPair, Metrics, OutputComparison, OutputKind, StructuralFault } from './comparison.ts';
import { scanElements } from './element-scan.ts';
import { areIdentical, indexOf, metricsOfIdentical, metricsOfScan } from './metrics.ts';
import { logOdds, marginChange, type RankingComparison } from './ranking.ts';
import type { RealNumbers } from './real-numbers.ts';
import { rowsOf } from './rows.ts';
import type { Limits } from './tolerance.ts';
import { ToleranceError } from './tolerance-error.ts';

/** What is known of an output of which a board listed some values only. */
export interface ListedOutput {
  /** Flat index of each listed value, each once. */
  readonly places: readonly number[];
  /** No value that is not listed is larger, where this is known. */
  readonly restAtMost?: number | undefined;
}

/** A list that cannot be held against its golden: it names what is not there, or nothing at all. */
export function listingFault(
  output: string,
  shape: readonly number[],
  { places }: ListedOutput,
): StructuralFault | undefined {
  const count = elementCount(shape);
  if (places.length === 0) {
    return {
      kind: 'no-outputs',
      output,
      message: `the board listed none of the ${count} values of output ${output}, as the vendor’s demos do where every score is 0, negative or NaN`,
    };
  }
  const outside = places.find((place) => place >= count);
  if (outside === undefined) return undefined;
  return {
    kind: 'shape',
    output,
    message: `output ${output} lists class ${outside}, the golden (${formatShape(shape)}) has ${count}`,
  };
}

/** An element of a list on both sides, by its position in the list. */
export const listedPairAt = (
  golden: RealNumbers,
  { places }: ListedOutput,
  values: RealNumbers,
  shape: readonly number[],
  position: number,
): ElementPair | undefined => {
  const flat = places[position];
  if (flat === undefined) return undefined;
  return { flat, index: indexOf(flat, shape), golden: golden[flat]!, board: values[position]! };
};

interface ListedParts {
  readonly name: string;
  readonly kind: OutputKind;
  /** Of the whole output. */
  readonly shape: readonly number[];
  /** The whole golden. */
  readonly golden: RealNumbers;
  readonly listed: ListedOutput;
  /** The board's, one for each place. */
  readonly values: RealNumbers;
  readonly limits: Limits;
}

/**
 * Compares the values that a board listed, and nothing else: numbers that need the whole output (cosine, gain, SNR, KL) are
 * NaN. The ranking is by value, ties in the list's order; a class that is not listed is in no place.
 *
 * @throws {ToleranceError} If the output has no one row of classes, or topK asks for more of them than are listed.
 */
export function compareListed(parts: ListedParts): OutputComparison {
  const { name, kind, shape, golden, listed, values, limits } = parts;
  const goldenPart = goldenOf(golden, listed);
  const pairAt = (position: number) => listedPairAt(golden, listed, values, shape, position);
  const identical = areIdentical(goldenPart, values);
  const scan = identical ? undefined : scanElements(goldenPart, values, limits.atol ?? 0, limits.rtol ?? 0);
  const length = [values.length];
  const ofList = scan
    ? metricsOfScan(scan, NaN, goldenPart, values, length)
    : metricsOfIdentical(goldenPart, length, false);
  const worst = ofList.worst && pairAt(ofList.worst.flat);
  const metrics: Metrics = { ...ofList, cosine: NaN, snrDb: NaN, gain: NaN, worst };
  const ranking = kind === 'values' ? undefined : rankListed(parts);
  const checks = checksOf(limits, {
    metrics,
    scan,
    distance: undefined,
    ranking,
    pairAt,
    worstInRow: () => worst,
  });
  return {
    name,
    kind,
    shape,
    given: { values: values.length, of: golden.length },
    metrics,
    ranking: ranking?.ranking,
    limits,
    checks,
  };
}

function goldenOf(golden: RealNumbers, { places }: ListedOutput): RealNumbers {
  const values = places.map((place) => golden[place]!);
  return golden instanceof Float32Array ? Float32Array.from(values) : Float64Array.from(values);
}

function rankListed({ name, kind, shape, golden, listed, values, limits }: ListedParts): RankingComparison {
  const rows = rowsOf(shape);
  if (rows.count !== 1 || rows.length < 2) {
    throw new ToleranceError(
      `output ${name} (${formatShape(shape)}) has ${rows.count} rows of ${rows.length} classes, and a list of classes is understood for one row of several`,
      {
        hint: `Let the program give the whole output, or set outputs.${name}.kind to values and limits on values.`,
      },
    );
  }
  const { topK = 1, marginAtol = 0, marginRtol = 0 } = limits;
  const { places, restAtMost } = listed;
  const k = Math.min(topK, rows.length);
  // Where nothing else is above 0 the list has all classes that count.
  if (k > places.length && restAtMost !== 0) {
    throw new ToleranceError(`topK ${topK} needs ${k} classes, and the board listed ${places.length}`, {
      hint: `Set topK to at most ${places.length}, or let the program list more.`,
    });
  }
  const goldenBest = bestClasses(golden, 0, rows.length, Math.min(Math.max(namedClasses, k), rows.length));
  const boardBest = byValue(values);
  const differing: number[] = [];
  for (let place = 0; place < k; place++) {
    const found = places[boardBest[place] ?? -1];
    if (found === undefined || golden[found] !== golden[goldenBest[place]!]) differing.push(place);
  }
  const positionOf = (place: number | undefined): number =>
    place === undefined ? -1 : places.indexOf(place);
  const isLogit = kind === 'logits';
  const [first, second] = goldenBest;
  const boardValue = (place: number): number => {
    const position = positionOf(place);
    if (position !== -1) return values[position]!;
    // Below the smallest normal fp16 a margin does not ask how small a probability is.
    return !isLogit && restAtMost !== undefined && restAtMost <= minNormalHalf ? restAtMost : NaN;
  };
  const goldenMargin = logOdds(golden[first!]!, golden[second!]!, isLogit);
  const boardMargin = logOdds(boardValue(first!), boardValue(second!), isLogit);
  const agreeing = differing[0] ?? k;
  return {
    ranking: {
      row: 0,
      goldenTop: goldenBest.map((index) => ({ index, value: golden[index]! })),
      boardTop: boardBest
        .slice(0, goldenBest.length)
        .map((position) => ({ index: places[position]!, value: values[position]! })),
      goldenMargin,
      boardMargin,
      top1Agrees: agreeing > 0,
    },
    differingPlaces: differing.length,
    differingAt: positionOf(goldenBest[differing[0] ?? -1]),
    agreeingPlaces: agreeing,
    margin: marginChange(goldenMargin, boardMargin, positionOf(first), { marginAtol, marginRtol }),
  };
}

/** Classes named on the golden's side, where there are as many. */
const namedClasses = 5;

/** Positions in the list, best value first; NaN last. */
function byValue(values: RealNumbers): number[] {
  const rank = (position: number): number => (Number.isNaN(values[position]) ? -Infinity : values[position]!);
  return Array.from(values, (_, position) => position).sort((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    return x === y ? a - b : y - x;
  });
}
