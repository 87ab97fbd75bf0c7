/**
 * A measured number for people: `digits` significant digits, never more places than it deserves, and no rounding of
 * NaN and infinities into something harmless.
 */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const magnitude = Math.abs(value);
  if (value === 0) return '0';
  if (magnitude < 1e-4 || magnitude >= 1e9) return value.toExponential(Math.max(1, digits - 2));
  if (magnitude >= 10 ** digits) return String(Math.round(value));
  return String(Number(value.toPrecision(digits)));
}

/**
 * Share of a limit in whole percent. Rounded away from 100 %, so that what fails never reads as 100 % and what passes
 * never as more.
 */
export function formatShare(used: number): string {
  if (Number.isNaN(used)) return 'NaN';
  // A limit of 0, as top-k has, is not used by so many percent: it is kept or it is not.
  if (!Number.isFinite(used)) return 'over';
  const percent = used * 100;
  const whole = percent <= 100 ? Math.floor(percent) : Math.ceil(percent);
  return `${whole} %`;
}

/** A cosine similarity to six places; 1 only where it is 1. */
export function formatCosine(cosine: number): string {
  if (!Number.isFinite(cosine)) return formatNumber(cosine);
  if (cosine === 1) return '1';
  const rounded = cosine.toFixed(6);
  return rounded === '1.000000' ? '>0.999999' : rounded;
}
