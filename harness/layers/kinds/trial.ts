import type { ChannelView } from './channel-view.ts';
import type { ErrorScan } from './error-scan.ts';
import type { StorageGrid } from './storage-steps.ts';
import type { WrongKind } from './wrong-kind.ts';

/** Two sides of a layer, and what is known about their difference. */
export interface Subject {
  readonly reference: Float32Array;
  readonly board: Float32Array;
  readonly shape: readonly number[];
  readonly view: ChannelView;
  readonly grid: StorageGrid;
  readonly scan: ErrorScan;
  /** Mean square of the error that the format explains. */
  readonly noise: number;
}

/** An explanation tried on all elements. */
export interface Trial {
  readonly kind: WrongKind;
  /** Numbers that were fitted to the data. */
  readonly parameters: number;
  /** Sum of squares of what it leaves unexplained. */
  readonly rest: number;
  /**
   * The sum of squares that it had to explain; default: that of the error. Where an activation lies between the sides
   * the error is measured behind it.
   */
  readonly whole?: number | undefined;
  readonly evidence: Readonly<Record<string, number>>;
  /** What was done to the reference's values, as a sentence. */
  readonly what: string;
  /** Where such a thing comes from. */
  readonly lookAt: string;
}

/** Numbers in sentences: three digits. */
export const figure = (value: number): string => String(Number(value.toPrecision(3)));

/** Factors near 1 need more digits: 0.99028. */
export const factorFigure = (value: number): string => String(Number(value.toPrecision(5)));

/** Above so many steps a count says nothing: a float's steps near zero are next to nothing themselves. */
const mostSteps = 1000;

/** Whether a size in steps of the format tells a person anything. */
export const tellsInSteps = (steps: number): boolean => Math.abs(steps) <= mostSteps;

/** An rms error in steps, or where those say nothing, as a share of the reference's own rms. */
export function errorSize(
  steps: number,
  rmsError: number,
  { grid, scan }: Pick<Subject, 'grid' | 'scan'>,
): string {
  if (tellsInSteps(steps)) return `${figure(steps)} ${grid.name} steps rms`;
  const rms = Math.sqrt(scan.all.rr / Math.max(1, scan.all.n));
  return rms > 0 ? `${figure((100 * rmsError) / rms)} % of the reference's rms` : `${figure(rmsError)} rms`;
}

/** The size of a step at the tensor's typical value. */
export function typicalStep({ grid, scan }: Pick<Subject, 'grid' | 'scan'>): number {
  const rms = Math.sqrt(scan.all.rr / Math.max(1, scan.all.n));
  return grid.stepOfExponent[(new Int32Array(Float32Array.of(rms).buffer)[0]! >>> 23) & 0xff]!;
}

/** Sum of squared differences; NaN pairs and infinities must not be among them. */
export function squaredDifference(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const d = a[i]! - b[i]!;
    sum += d * d;
  }
  return sum;
}
