/** What it costs to leave something out of an alignment. */
export interface AlignmentCosts {
  /** Of leaving out each element of the left sequence. */
  readonly left: readonly number[];
  readonly right: readonly number[];
}

/**
 * Pairs two sequences so that no two pairs cross and the sum of the scores, less the costs of what is left out, is
 * largest (Needleman and Wunsch's dynamic programming).
 *
 * @param score - Of a pair; undefined where two elements cannot be one.
 * @returns For each element of the left sequence the index of its partner, or undefined.
 */
export function alignInOrder(
  { left, right }: AlignmentCosts,
  score: (left: number, right: number) => number | undefined,
): (number | undefined)[] {
  const width = right.length + 1;
  const best = new Float64Array((left.length + 1) * width);
  const move = new Uint8Array(best.length);
  const [skipLeft, skipRight, pair] = [0, 1, 2];
  for (let j = 1; j < width; j++) {
    best[j] = best[j - 1]! - right[j - 1]!;
    move[j] = skipRight;
  }
  for (let i = 1; i <= left.length; i++) {
    for (let j = 0; j < width; j++) {
      const at = i * width + j;
      best[at] = best[at - width]! - left[i - 1]!;
      move[at] = skipLeft;
      if (j === 0) continue;
      const without = best[at - 1]! - right[j - 1]!;
      if (without > best[at]) {
        best[at] = without;
        move[at] = skipRight;
      }
      const gain = score(i - 1, j - 1);
      if (gain === undefined) continue;
      const together = best[at - width - 1]! + gain;
      if (together > best[at]) {
        best[at] = together;
        move[at] = pair;
      }
    }
  }
  const partners: (number | undefined)[] = left.map(() => undefined);
  for (let i = left.length, j = right.length; i > 0 || j > 0;) {
    const step = move[i * width + j];
    if (step === pair) partners[i - 1] = j - 1;
    if (step !== skipRight) i--;
    if (step !== skipLeft) j--;
  }
  return partners;
}
