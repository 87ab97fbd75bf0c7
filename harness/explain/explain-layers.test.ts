import { expect, test } from 'vitest';
import { withLayers } from './explain-layers.ts';
import type { Explanation, LayerFinding, WrongLayer } from './explanation.ts';

const nothingFound: Explanation = {
  cause: 'unknown',
  summary: 'nothing explains it',
  evidence: ['the numbers'],
  next: ['look at the layers'],
  remarks: [],
};
const guess: Explanation = {
  ...nothingFound,
  cause: 'input-settings',
  summary: 'as if swapped',
  next: ['check it'],
};

const wrong: WrongLayer = {
  value: 'conv2',
  operators: ['Conv', 'Relu'],
  dump: 'NodeID_3.txt',
  first: false,
  sentence: 'conv2 (Conv, Relu) is the first layer that is itself wrong.',
  confidence: 1,
};
const layers = (suspect?: WrongLayer): LayerFinding => ({
  note: 'no verdict',
  mapped: 7,
  unmapped: 2,
  suspect,
  remarks: [],
  files: [],
});

test('a layer that is itself wrong is the cause, and beats a guess at the input', () => {
  for (const before of [nothingFound, guess]) {
    const after = withLayers(before, layers(wrong), 'specs/a.hil.yaml');

    expect(after.cause).toBe('layer');
    expect(after.summary).toBe('conv2 (Conv, Relu) is the first layer that is itself wrong');
    expect(after.evidence).toEqual([
      '7 layers of the board were held against the reference, 2 could not be matched',
      before.summary,
      'the numbers',
    ]);
    expect(after.next.join()).toContain('conv2 (Conv, Relu)');
  }
});

test('the first layer is wrong with a wrong input, too: that does not beat the guess', () => {
  const after = withLayers(guess, layers({ ...wrong, first: true }), 'specs/a.hil.yaml');

  expect(after).toMatchObject({ cause: 'input-settings', summary: 'as if swapped', next: ['check it'] });
  expect(after.evidence.at(-1)).toContain('the first layer (conv2) is off already');
});

test('the first layer without a guess: mean, std, order and layout come first', () => {
  const after = withLayers(nothingFound, layers({ ...wrong, first: true }), 'specs/a.hil.yaml');

  expect(after.cause).toBe('layer');
  expect(after.next[0]).toContain('channel order');
});

test('where no layer is wrong nothing is blamed, and a guess stays one', () => {
  expect(withLayers(nothingFound, layers(), 'specs/a.hil.yaml')).toMatchObject({
    cause: 'unknown',
    summary: 'nothing explains it',
  });
  expect(withLayers(guess, layers(), 'specs/a.hil.yaml')).toMatchObject({
    cause: 'input-settings',
    next: ['check it'],
  });
  expect(withLayers(nothingFound, { ...layers(), mapped: 0 }, 'specs/a.hil.yaml').next.join()).toContain(
    'pre_compile',
  );
});

test('a layer that the file itself computes wrong is not blamed on the driver', () => {
  const origin = { by: 'file', fileOff: 0.3, boardOff: 0.0004 } as const;

  const { evidence, next } = withLayers(nothingFound, layers({ ...wrong, origin }), 'specs/a.hil.yaml');

  expect(evidence[0]).toBe(
    'the model file itself computes this: its weights or formats are not the reference’s; the file’s value is 30 % from the reference’s, the board’s 0.04 % from the file’s (the file computed by a model of the NPU)',
  );
  expect(next).toEqual([
    'npx hil convert-check specs/a.hil.yaml says what the conversion did to conv2; convert the model again from the reference',
  ]);
});

test('a layer that the file computes right is the board’s', () => {
  const origin = { by: 'board', fileOff: 0.0004, boardOff: 0.3 } as const;

  const { evidence, next } = withLayers(nothingFound, layers({ ...wrong, origin }), 'specs/a.hil.yaml');

  expect(evidence[0]).toContain('the model file computes this layer right, the board does not');
  expect(next).toHaveLength(1);
  expect(next[0]).toContain('driver version');
});

test('where the file was not computed it is looked at before the driver', () => {
  const { next } = withLayers(nothingFound, layers(wrong), 'specs/a.hil.yaml');

  expect(next[0]).toContain('npx hil convert-check specs/a.hil.yaml');
  expect(next[0]).not.toContain('driver');
  expect(next[1]).toContain('where the file is right it is the board');
});
