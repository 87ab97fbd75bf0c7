/** e.g. `+0.50 %`; two significant digits at least, so that small shifts do not read as 0. */
export function signedPercent(share: number): string {
  const percent = share * 100;
  if (percent === 0) return '0 %';
  return `${percent < 0 ? '−' : '+'}${plain(Math.abs(percent))} %`;
}

export const percent = (share: number): string => `${plain(share * 100)} %`;

/** e.g. `−0.245`. */
export const signed = (value: number): string =>
  value === 0 ? '0' : `${value < 0 ? '−' : '+'}${plain(Math.abs(value))}`;

/** Two decimals for numbers that have them, two significant digits for smaller ones. */
export function plain(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'unknown' : value > 0 ? '∞' : '−∞';
  const magnitude = Math.abs(value);
  if (magnitude === 0) return '0';
  if (magnitude >= 100) return value.toFixed(0);
  if (magnitude >= 0.1) return String(Number(value.toFixed(2)));
  return magnitude < 1e-4 ? value.toExponential(1) : String(Number(value.toPrecision(2)));
}

/** A p-value: no more digits than anybody needs. */
export const pValue = (p: number): string => (p < 1e-4 ? 'p < 0.0001' : `p = ${Number(p.toPrecision(2))}`);

export const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
