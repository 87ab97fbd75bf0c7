import { expect, test } from 'vitest';
import type { ConversionCheck } from '../../harness/convert-check/conversion-check.ts';
import { coloursFor } from './appearance.ts';
import { conversionLines } from './conversion-check.ts';

test('a layer that holds a whole compiled network does not widen the table with all its operators', () => {
  const errors = { cosine: 0.6, relative: 0.8 };
  const check: ConversionCheck = {
    model: 'net.rknn',
    format: 'fp16',
    toolkit: '1.7.5',
    cases: ['picture'],
    layers: [
      {
        value: 'prob',
        ops: [...Array<string>(80).fill('Conv'), 'Softmax'],
        cumulative: errors,
        isolated: errors,
        clipped: 0,
        reading: 'bad',
        lid: undefined,
      },
    ],
    weights: [],
    weightsSeen: 0,
    answers: [],
    advice: [],
    remarks: [],
  };

  const row = conversionLines(check, '', coloursFor({ write: () => true }, { NO_COLOR: '1' })).find((line) =>
    line.startsWith('prob'),
  );

  expect(row).toMatch(/Conv\+Conv.*….*\+Softmax/);
  expect(row!.length).toBeLessThan(160);
});
