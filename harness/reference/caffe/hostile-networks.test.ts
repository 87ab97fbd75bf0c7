import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { HilError } from '../../hil-error.ts';
import { importCaffe } from './import-caffe.ts';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));

const cases = JSON.parse(fixture('layers.json').toString()) as readonly {
  readonly prototxt: string;
  readonly caffemodel: string;
}[];
const networks = [
  { text: fixture('small-net.prototxt').toString(), weights: fixture('small-net.caffemodel') },
  ...cases.map(({ prototxt, caffemodel }) => ({
    text: prototxt,
    weights: Buffer.from(caffemodel, 'base64'),
  })),
];

/** Whether an import ends in a network or in an error for the author; anything else is thrown. */
function endsWell(text: string, weights: Uint8Array): boolean {
  try {
    const { graph } = importCaffe(
      { bytes: Buffer.from(text), origin: 'net.prototxt' },
      { bytes: weights, origin: 'net.caffemodel' },
    );
    return graph.output.length > 0;
  } catch (error) {
    if (error instanceof HilError && error.owner === 'spec') return true;
    throw error;
  }
}

/** Words that a text could have where it has another. */
const foreign = [
  '0',
  '-1',
  '1',
  '7',
  '2147483647',
  '9007199254740993',
  '1e30',
  '-0.0',
  'nan',
  'inf',
  'true',
  'MAX',
  'TRAIN',
  '"data"',
  '"y"',
  '""',
  '{}',
  '[]',
  '[1, 2]',
  '{',
  '}',
  'dim: 0',
  ':',
  'axis: -9',
  'type: "Eltwise"',
  'bottom: "data"',
  'top: "data"',
];

test('networks with words exchanged, lost or doubled end in a network or in an error for their author', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...networks),
      fc.array(fc.tuple(fc.nat(), fc.option(fc.constantFrom(...foreign))), { minLength: 1, maxLength: 3 }),
      ({ text, weights }, changes) => {
        const words = text.split(/(\s+|(?<=[:{}])|(?=[:{}]))/).filter((word) => word !== '');
        for (const [at, word] of changes)
          words.splice(at % words.length, 1, ...(word === null ? [] : [word]));

        expect(endsWell(words.join(''), weights)).toBe(true);
      },
    ),
    { numRuns: 1500 },
  );
});
