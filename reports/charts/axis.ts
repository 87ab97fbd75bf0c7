import { formatNumber } from '../facts/number.ts';

export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** Maps values to pixels. Bars start at `origin`. */
export interface Axis {
  readonly ticks: readonly Tick[];
  readonly origin: number;
  /** Pixels from the axis' left end; values outside the axis are drawn at its end. */
  position(value: number): number;
}

/** A linear axis of `length` pixels that holds 0 and all finite values, with round ticks. */
export function linearAxis(values: readonly number[], length: number): Axis {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(0, ...finite);
  const high = Math.max(0, ...finite);
  const step = roundStep((high - low || 1) / 4);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  const position = (value: number): number => clamp((value / step - first) / (last - first)) * length;
  const ticks: Tick[] = [];
  for (let count = first; count <= last; count++) {
    const value = count * step;
    ticks.push({ value, label: formatNumber(value, 3) });
  }
  return { ticks, origin: position(0), position };
}

/** A logarithmic axis in powers of ten for positive values; what is 0 or below, or under 1e-6, sits at its start. */
export function logAxis(values: readonly number[], length: number): Axis {
  const positive = values.filter((value) => Number.isFinite(value) && value > 0);
  const high = Math.ceil(Math.log10(Math.max(1e-6, ...positive)));
  // A little below the smallest, so that its bar is not empty.
  const low = Math.min(high - 1, Math.max(-6, Math.floor(Math.log10(0.9 * Math.min(1, ...positive)))));
  const position = (value: number): number =>
    value > 0 ? clamp((Math.log10(value) - low) / (high - low)) * length : 0;
  const ticks: Tick[] = [];
  for (let exponent = low; exponent <= high; exponent++) {
    ticks.push({ value: 10 ** exponent, label: exponent === 0 ? '1' : `1e${exponent}` });
  }
  return { ticks, origin: 0, position };
}

/** The next step of 1, 2 or 5 times a power of ten. */
function roundStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  for (const factor of [1, 2, 5]) if (factor * power >= atLeast) return factor * power;
  return 10 * power;
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share));
