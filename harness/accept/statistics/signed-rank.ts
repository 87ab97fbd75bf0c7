/** A median difference that single outliers cannot move, with an exact interval. */
export interface MedianInterval {
  /** Hodges and Lehmann's estimate: the median of all pairwise means. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** What the interval really covers, at least what was asked for; lower only where so few inputs cannot reach it. */
  readonly confidence: number;
}

/**
 * Hodges and Lehmann's estimate with the exact interval of Wilcoxon's signed-rank test. Assumes that differences scatter
 * symmetrically; no other shape is assumed.
 *
 * @param differences - One for each input, at most about 1,000.
 */
export function hodgesLehmann(differences: readonly number[], confidence: number): MedianInterval {
  const walsh: number[] = [];
  for (const [i, a] of differences.entries()) {
    for (const b of differences.slice(i)) walsh.push((a + b) / 2);
  }
  walsh.sort((a, b) => a - b);
  const beyond = (1 - confidence) / 2;
  const tails = signedRankTails(differences.length);
  // The interval reaches from the k-th smallest pairwise mean to the k-th largest.
  let k = tails.findIndex((tail) => tail > beyond);
  k = Math.max(1, k);
  const covered = 1 - 2 * tails[k - 1]!;
  return {
    value: middleOf(walsh),
    low: walsh[k - 1]!,
    high: walsh[walsh.length - k]!,
    confidence: covered,
  };
}

/** P(W+ <= w) for w = 0, 1, ... under the null hypothesis, exact by counting subsets of the ranks. */
function signedRankTails(n: number): number[] {
  const most = (n * (n + 1)) / 2;
  const shares = new Float64Array(most + 1);
  shares[0] = 1;
  for (let rank = 1; rank <= n; rank++) {
    for (let w = most; w >= 0; w--) shares[w] = (shares[w]! + (w >= rank ? shares[w - rank]! : 0)) / 2;
  }
  let total = 0;
  return Array.from(shares, (share) => (total += share));
}

function middleOf(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
