import { expect, test } from 'vitest';
import { deviationOf } from './virtual-faults.ts';

const fault = { kind: 'scale', name: 'pool', amount: 0.005 } as const;
const deviation = { kind: 'scale', layer: 'pool', amount: 0.005 };

test('the NPU of every SDK has the fault of a layer', () => {
  expect(deviationOf({ layer: fault }, '1.7.5')).toEqual(deviation);
});

test('a fault that names an SDK leaves the others right', () => {
  const faults = { layer: { ...fault, sdk: '1.7.5' } };

  expect(deviationOf(faults, '1.7.5')).toEqual(deviation);
  expect(deviationOf(faults, '1.6.1')).toBeUndefined();
  expect(deviationOf({}, '1.6.1')).toBeUndefined();
});
