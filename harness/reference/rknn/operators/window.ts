import type { NodeParameters } from '../node-parameters.ts';

/** A sliding window; every pair is height, width, as in ONNX. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
}

/** Width comes first in the file. */
export const heightFirst = ([width, height]: readonly number[]): [number, number] => [height!, width!];

/** The file lists left, right, top, bottom. */
export function padsOf(parameters: NodeParameters): [number, number, number, number] {
  const [left, right, top, bottom] = parameters.integers('pad', { length: 4, fallback: [0, 0, 0, 0] });
  return [top!, left!, bottom!, right!];
}

const paddings = {
  VSI_NN_PAD_AUTO: 'AUTO',
  VSI_NN_PAD_VALID: 'VALID',
  VSI_NN_PAD_SAME: 'SAME',
} as const;

/** Files seen spell the padding out; a rule in its place would have to be applied. */
export function requireSpeltPadding(parameters: NodeParameters): void {
  if (!parameters.has('pad_type')) return;
  const rule = parameters.choice('pad_type', paddings);
  if (rule === 'SAME') throw parameters.error('pads by the rule SAME, which is not supported here');
}

/** How many places a window has along one axis. */
export function placesOf(
  extent: number,
  { kernel, strides, dilations, pads }: Window,
  axis: 0 | 1,
  round: (value: number) => number = Math.floor,
): number {
  const reach = (kernel[axis] - 1) * dilations[axis] + 1;
  return round((extent + pads[axis] + pads[axis + 2]! - reach) / strides[axis]) + 1;
}
