import { expect, test } from 'vitest';
import type { Comparison, OutputComparison } from '../../harness/compare/comparison.ts';
import { givenValues } from './given-values.ts';

const output = (name: string, given?: OutputComparison['given']): OutputComparison => ({
  name,
  kind: 'probabilities',
  shape: [1, 1000],
  given,
  metrics: {} as OutputComparison['metrics'],
  limits: {},
  checks: [],
});

test('tells how much of an output a board listed, and nothing of whole outputs', () => {
  const comparison: Comparison = {
    faults: [],
    outputs: [output('prob', { values: 5, of: 1000 }), output('boxes')],
    ok: true,
    marginal: false,
  };

  expect(givenValues(comparison)).toEqual(['prob: 5 of 1000 values given; the others were not compared']);
});
