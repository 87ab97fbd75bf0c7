/**
 * How an output is read as rows of classes: the class axis is the last axis whose extent is not 1. As all axes behind it
 * have extent 1, a row lies contiguous in memory: 1x1000, 1x1000x1x1 and 1000 are one row of 1000; 1x4420x2 is 4420 rows
 * of 2. A map with classes on its second axis (1x21xHxW) has no such rows; it is compared as plain values.
 */
export interface Rows {
  readonly count: number;
  /** Classes in a row; 1 if every extent is 1. */
  readonly length: number;
}

export function rowsOf(shape: readonly number[]): Rows {
  const length = shape.findLast((extent) => extent !== 1) ?? 1;
  const count = shape.reduce((product, extent) => product * extent, 1);
  return { count: length === 0 ? 0 : count / length, length };
}
