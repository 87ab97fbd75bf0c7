import { median as medianOf } from '../harness/median.ts';

/** Of at least one measurement. */
export const median = (values: readonly number[]): number => medianOf(values) ?? NaN;
