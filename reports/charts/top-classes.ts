import { className } from '../facts/class-name.ts';

/** One class of a classifier's output on both sides; undefined where a side is not known. */
export interface ClassPair {
  readonly index: number;
  readonly label: string;
  readonly golden: number | undefined;
  readonly board: number | undefined;
}

export interface TopClassesOptions {
  /** How many classes at most. */
  readonly count?: number;
  /** Names by class index. */
  readonly labels?: Readonly<Record<number, string>> | undefined;
}

/**
 * The classes that matter most on either side, best golden first: a class counts by the larger of its two values, and
 * one that is no finite number on the board counts most, because it must not be overlooked.
 */
export function topClasses(
  golden: ArrayLike<number>,
  board: ArrayLike<number>,
  { count = 10, labels }: TopClassesOptions = {},
): ClassPair[] {
  const length = Math.max(golden.length, board.length);
  const pairs: ClassPair[] = [];
  for (let index = 0; index < length; index++) {
    pairs.push({
      index,
      label: className(index, labels),
      golden: golden[index],
      board: board[index],
    });
  }
  return pairs
    .sort((a, b) => importance(b) - importance(a) || a.index - b.index)
    .slice(0, count)
    .sort((a, b) => goldenRank(b) - goldenRank(a) || a.index - b.index);
}

function importance({ golden, board }: ClassPair): number {
  if (board !== undefined && !Number.isFinite(board)) return Number.MAX_VALUE;
  const best = Math.max(golden ?? -Number.MAX_VALUE, board ?? -Number.MAX_VALUE);
  return Number.isFinite(best) ? best : Number.MAX_VALUE;
}

const goldenRank = ({ golden }: ClassPair): number =>
  golden === undefined || Number.isNaN(golden) ? -Number.MAX_VALUE : golden;
