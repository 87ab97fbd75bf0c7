import { minNormalHalf } from '../tensor/half.ts';
import { bestClasses } from './best-classes.ts';
import type { RankedClass, Ranking } from './comparison.ts';
import type { RealNumbers } from './real-numbers.ts';
import type { Rows } from './rows.ts';

/** Classes named on each side of a ranking, where there are as many. */
const namedClasses = 5;

/** How the rows' rankings differ, with the worst row told in full. */
export interface RankingComparison {
  readonly ranking: Ranking;
  /** Places among the first k where the board has another class, in the row with most of them. */
  readonly differingPlaces: number;
  /** Flat index of the golden's class at the first such place; -1 if there is none. */
  readonly differingAt: number;
  /** So many places agree in every row, up to k. */
  readonly agreeingPlaces: number;
  readonly margin: MarginChange;
}

/** The row that uses most of the margin's limit, and what limits would just pass all rows. */
export interface MarginChange {
  /** |board margin - golden margin|, in nats. */
  readonly change: number;
  /** marginAtol + marginRtol * |golden margin|. */
  readonly limit: number;
  /** Flat index of the golden's best class. */
  readonly at: number;
  /** The marginAtol that would pass with the present marginRtol. */
  readonly neededAtol: number;
  /** The marginRtol that would pass with the present marginAtol; Infinity if none would. */
  readonly neededRtol: number;
}

export interface RankingLimits {
  readonly topK: number;
  readonly marginAtol: number;
  readonly marginRtol: number;
}

/**
 * Ranks the classes of every row on both sides. Ties go to the lower index, but where the golden's values tie, the order
 * among them does not count as a difference: the board's class at a place agrees if its golden value is the one that
 * belongs there.
 *
 * @param rows - Of at least two classes.
 * @param isLogit - Margins are differences of logits; otherwise of the logarithms of probabilities.
 */
export function compareRankings(
  golden: RealNumbers,
  board: RealNumbers,
  rows: Rows,
  isLogit: boolean,
  limits: RankingLimits,
): RankingComparison {
  const k = Math.min(limits.topK, rows.length);
  const named = Math.min(Math.max(namedClasses, k), rows.length);
  let worst: RankedRow | undefined;
  let differingPlaces = 0;
  let differingAt = -1;
  let agreeingPlaces = k;
  let margin: MarginChange | undefined;
  for (let row = 0; row < rows.count; row++) {
    const start = row * rows.length;
    const goldenBest = bestClasses(golden, start, rows.length, named);
    const boardBest = bestClasses(board, start, rows.length, named);
    const differing = placesThatDiffer(golden, start, goldenBest, boardBest, k);
    const first = differing[0] ?? k;
    if (differing.length > differingPlaces) {
      differingPlaces = differing.length;
      differingAt = start + goldenBest[first]!;
    }
    agreeingPlaces = Math.min(agreeingPlaces, first);

    const rowMargin = marginChange(
      marginOf(golden, start, goldenBest, isLogit),
      marginOf(board, start, goldenBest, isLogit),
      start + goldenBest[0]!,
      limits,
    );
    margin = margin === undefined ? rowMargin : worseMargin(margin, rowMargin);
    const agrees = first > 0;
    const { change } = rowMargin;
    if (worst === undefined || (worst.agrees === agrees ? isWorse(change, worst.change) : worst.agrees)) {
      worst = { row, agrees, change, goldenBest, boardBest };
    }
  }
  if (worst === undefined || margin === undefined) {
    throw new RangeError('an output without rows has no ranking');
  }
  const ranking = tellRow(golden, board, worst.row * rows.length, worst, isLogit);
  return { ranking, differingPlaces, differingAt, agreeingPlaces, margin };
}

interface RankedRow {
  readonly row: number;
  /** Whether the best class is the same. */
  readonly agrees: boolean;
  /** Of the margin. */
  readonly change: number;
  readonly goldenBest: readonly number[];
  readonly boardBest: readonly number[];
}

/**
 * Holds a margin against the golden's.
 *
 * @param at - Flat index of the golden's best class.
 */
export function marginChange(
  golden: number,
  board: number,
  at: number,
  { marginAtol, marginRtol }: Pick<RankingLimits, 'marginAtol' | 'marginRtol'>,
): MarginChange {
  const goldenMargin = Math.abs(golden);
  const change = Math.abs(board - goldenMargin);
  const excess = Math.max(0, change - marginAtol);
  return {
    change,
    limit: marginAtol + marginRtol * goldenMargin,
    at,
    neededAtol: Math.max(0, change - marginRtol * goldenMargin),
    neededRtol: excess === 0 ? 0 : excess / goldenMargin,
  };
}

function worseMargin(a: MarginChange, b: MarginChange): MarginChange {
  // change / limit, without dividing by a limit of 0.
  const worse = isWorse(b.change * a.limit, a.change * b.limit) ? b : a;
  return {
    ...worse,
    neededAtol: Math.max(a.neededAtol, b.neededAtol),
    neededRtol: Math.max(a.neededRtol, b.neededRtol),
  };
}

const isWorse = (candidate: number, worst: number): boolean =>
  candidate > worst || (Number.isNaN(candidate) && !Number.isNaN(worst));

function tellRow(
  golden: RealNumbers,
  board: RealNumbers,
  start: number,
  { row, agrees, goldenBest, boardBest }: RankedRow,
  isLogit: boolean,
): Ranking {
  const told = (values: RealNumbers, best: readonly number[]): RankedClass[] =>
    best.map((index) => ({ index, value: values[start + index]! }));
  return {
    row,
    goldenTop: told(golden, goldenBest),
    boardTop: told(board, boardBest),
    goldenMargin: marginOf(golden, start, goldenBest, isLogit),
    boardMargin: marginOf(board, start, goldenBest, isLogit),
    top1Agrees: agrees,
  };
}

/** Of the first k, in ascending order. */
function placesThatDiffer(
  golden: RealNumbers,
  start: number,
  goldenBest: readonly number[],
  boardBest: readonly number[],
  k: number,
): number[] {
  const differing: number[] = [];
  for (let place = 0; place < k; place++) {
    if (golden[start + boardBest[place]!] !== golden[start + goldenBest[place]!]) differing.push(place);
  }
  return differing;
}

/** Log-odds between the golden's two best classes, on either side, in nats. */
const marginOf = (
  values: RealNumbers,
  start: number,
  [first = 0, second = 0]: readonly number[],
  isLogit: boolean,
): number => logOdds(values[start + first]!, values[start + second]!, isLogit);

/** Log-odds between two classes, in nats; see {@link Ranking}. */
export const logOdds = (a: number, b: number, isLogit: boolean): number =>
  isLogit ? a - b : Math.log(Math.max(a, minNormalHalf)) - Math.log(Math.max(b, minNormalHalf));
