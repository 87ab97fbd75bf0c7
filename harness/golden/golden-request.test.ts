import { join, sep } from 'node:path';
import { expect, test } from 'vitest';
import type { Case, CaseInput } from '../spec/case.ts';
import { specSchema, type SpecDeclaration } from '../spec/schema.ts';
import { goldenRequestOf } from './golden-request.ts';

const root = join(sep, 'project');

function caseWith(input: Partial<CaseInput>, declared: Partial<SpecDeclaration> = {}): Case {
  const declaration = specSchema.parse({
    name: 'two classes',
    model: { reference: 'net.onnx', board: 'net.rknn', format: 'fp16' },
    inputs: 'dog.png',
    preprocess: { channelOrder: 'bgr', mean: 128, layout: 'NCHW' },
    boardInput: { channelOrder: 'bgr', dtype: 'float32', layout: 'NCHW' },
    ...declared,
  } satisfies SpecDeclaration);
  return {
    name: 'two classes › dog',
    spec: {
      name: declaration.name,
      file: join(root, 'specs', 'two.hil.yaml'),
      root,
      sha256: '0'.repeat(64),
      declaration,
      reference: { kind: 'onnx', path: join(root, 'specs', 'models', 'two-class.v2.onnx') },
      boardModel: { pattern: 'net.rknn' },
      timeoutMs: 1000,
      classNames: [],
      limits: undefined,
      outputLimits: new Map(),
    },
    input: { name: 'dog', path: join(root, 'specs', 'images', 'dog.png'), kind: 'picture', ...input },
  };
}

const sources = {
  preprocessing: { kind: 'picture', mean: [128, 128, 128] },
  network: () => Promise.reject(new Error('not called')),
  feeds: () => Promise.reject(new Error('not called')),
};

test('names model, input and preprocessing of a case, with paths that people can read', () => {
  const request = goldenRequestOf(caseWith({}), sources);

  expect(request).toMatchObject({
    name: { folder: 'two-class.v2', input: 'dog' },
    specFile: 'specs/two.hil.yaml',
    inputPath: join(root, 'specs', 'images', 'dog.png'),
    madeFrom: { model: 'specs/models/two-class.v2.onnx', input: 'specs/images/dog.png' },
    preprocessing: { kind: 'picture', mean: [128, 128, 128] },
  });
});

test('the spec may name the folder', () => {
  expect(goldenRequestOf(caseWith({}, { golden: 'teams/a' }), sources).name.folder).toBe('teams/a');
});

test('a Caffe network gives its weights’ name to the folder', () => {
  const { spec, input } = caseWith({});
  const reference = { kind: 'caffe', prototxt: join(root, 'deploy.prototxt'), caffemodel: join(root, 'squeeze.caffemodel') } as const;

  const request = goldenRequestOf({ name: 'x', input, spec: { ...spec, reference } }, sources);

  expect(request.name.folder).toBe('squeeze');
  expect(request.madeFrom.model).toBe('squeeze.caffemodel');
});
