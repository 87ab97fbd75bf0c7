import { expect, test } from 'vitest';
import { conversionSentence } from './conversion-text.ts';

const conversion = {
  output: 'prob',
  unit: 'nats',
  floatToConverted: 0.031,
  floatToBoard: 0.034,
  convertedToBoard: 0.003,
} as const;

test('says what the conversion explains and what the board adds', () => {
  expect(conversionSentence({ conversion })).toBe(
    'the conversion explains 0.031 nats of the 0.034 nats at prob; the board adds 0.003 nats (the file computed by a model of the NPU)',
  );
});

test('says why it could not be computed', () => {
  expect(conversionSentence({ conversion: { notComputed: 'node 3 is an LRN' } })).toBe(
    'what the conversion explains could not be computed: node 3 is an LRN',
  );
});

test('says nothing twice, and nothing of what is not known', () => {
  const format = {
    format: 'u8',
    output: 'prob',
    unit: 'nats',
    distance: 0.031,
    boardDistance: 0.034,
    golden: [],
    inFormat: [],
    board: [],
    explains: true,
    basis: 'the file',
    ofFile: { boardAdds: 0.003 },
  } as const;
  const explanation = { cause: 'format', summary: '', evidence: [], next: [], remarks: [], format } as const;

  expect(conversionSentence({ conversion, explanation })).toBeUndefined();
  expect(conversionSentence({})).toBeUndefined();
});
