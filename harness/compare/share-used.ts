import type { Check } from './comparison.ts';

/** Share of its limit that a check uses; over 1 fails. One that has no number has no room left: Infinity. */
export const shareUsed = ({ used }: Check): number => (Number.isNaN(used) ? Infinity : used);

/** Share of the tightest limit among an output's checks; 0 where nothing is limited. */
export const largestShareUsed = ({ checks }: { readonly checks: readonly Check[] }): number =>
  Math.max(0, ...checks.map(shareUsed));
