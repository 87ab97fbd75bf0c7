import { expect, test } from 'vitest';
import { compareFacts, StaleGoldenError } from './check-golden.ts';
import type { GoldenFacts } from './golden.ts';

const facts: GoldenFacts = {
  model: 'a'.repeat(64),
  input: 'b'.repeat(64),
  preprocess: 'c'.repeat(64),
  preprocessing: {
    channelOrder: 'bgr',
    mean: [104, 117, 123],
    std: 1,
    resize: { width: 224, height: 224, mode: 'stretch' },
  },
  engine: { name: 'onnxruntime', version: '1.30.0' },
};

/** The same facts after being written and read. */
const again = (changes: Partial<GoldenFacts> = {}) => structuredClone({ ...facts, ...changes });

test('a golden that was made from the same things is fresh', () => {
  expect(compareFacts(facts, again())).toEqual([]);
});

test('other file contents are named with both hashes', () => {
  const present = again({ model: '0123456789abcdef'.repeat(4), input: 'd'.repeat(64) });

  expect(compareFacts(facts, present)).toEqual([
    { field: 'model', golden: 'aaaaaaaaaaaa…', present: '0123456789ab…' },
    { field: 'input', golden: 'bbbbbbbbbbbb…', present: 'dddddddddddd…' },
  ]);
});

test('another engine version is named', () => {
  const present = again({ engine: { name: 'onnxruntime', version: '1.31.0' } });

  expect(compareFacts(facts, present)).toEqual([
    { field: 'engine', golden: 'onnxruntime 1.30.0', present: 'onnxruntime 1.31.0' },
  ]);
});

test('of another preprocessing, exactly the nested keys that differ are named', () => {
  const present = again({
    preprocess: 'd'.repeat(64),
    preprocessing: {
      channelOrder: 'rgb',
      mean: [104, 117, 124],
      std: 1,
      resize: { width: 227, height: 224, mode: 'stretch' },
      crop: 'centre-square',
    },
  });

  expect(compareFacts(facts, present)).toEqual([
    { field: 'preprocessing.channelOrder', golden: '"bgr"', present: '"rgb"' },
    { field: 'preprocessing.mean', golden: '[104,117,123]', present: '[104,117,124]' },
    { field: 'preprocessing.resize.width', golden: '224', present: '227' },
    { field: 'preprocessing.crop', golden: 'absent', present: '"centre-square"' },
  ]);
});

test('preprocessing that was there and is not, or the reverse, is named', () => {
  const none = again({ preprocess: 'd'.repeat(64), preprocessing: null });

  expect(compareFacts(none, facts).map(({ field, golden }) => [field, golden])).toEqual([['preprocessing', 'null']]);
});

test('when only the hashes of the preprocessing differ, the hashes are named', () => {
  const present = again({ preprocess: 'd'.repeat(64) });

  expect(compareFacts(facts, present)).toEqual([
    { field: 'preprocess', golden: 'cccccccccccc…', present: 'dddddddddddd…' },
  ]);
});

test('a stale golden is an error of the spec that shows every change and the command that accepts them', () => {
  const present = again({
    model: 'd'.repeat(64),
    preprocess: 'e'.repeat(64),
    preprocessing: { ...(facts.preprocessing as object), mean: 0 },
  });

  const error = new StaleGoldenError(
    { folder: 'net', input: 'dog' },
    'specs/net.hil.yaml',
    compareFacts(facts, present),
  );

  expect(error).toMatchObject({
    code: 'HIL_GOLDEN_STALE',
    owner: 'spec',
    message: `the golden net/dog is stale: it was made from something else
  model: was aaaaaaaaaaaa…, is dddddddddddd…
  preprocessing.mean: was [104,117,123], is 0`,
    hint: 'If the change is meant: npx hil golden update specs/net.hil.yaml (if another spec shares the folder, give this one its own with `golden:`)',
  });
});
