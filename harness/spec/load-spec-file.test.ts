import { mkdirSync, symlinkSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { HilError } from '../hil-error.ts';
import { boardModelPath } from './board-model-path.ts';
import { loadSpecFile } from './load-spec-file.ts';
import { type TemporaryProject, temporaryProject } from './temporary-project.ts';

const files = { 'specs/net.onnx': 'x', 'specs/net.rknn': 'x', 'specs/cat.png': 'x', 'specs/dog.png': 'x' };

const declaration = {
  name: 'net',
  model: { reference: 'net.onnx', board: 'net.rknn', format: 'fp16' },
  inputs: ['cat.png', 'dog.png'] as unknown,
  preprocess: { channelOrder: 'bgr', layout: 'NCHW' } as unknown,
  boardInput: { channelOrder: 'rgb', dtype: 'uint8', layout: 'NHWC' } as unknown,
  tolerance: 'fp16' as unknown,
};

const neverImport = () => Promise.reject(new Error('no module expected'));

const withSpec = (changes: object, more: Record<string, string> = {}) =>
  temporaryProject({
    ...files,
    ...more,
    'specs/net.hil.json': JSON.stringify({ ...declaration, ...changes }),
  });

const load = (place: TemporaryProject, name = 'specs/net.hil.json') =>
  loadSpecFile(place.path(name), place.project, neverImport);

async function problemsOf(place: TemporaryProject, name?: string): Promise<string> {
  try {
    await load(place, name);
  } catch (error) {
    if (error instanceof HilError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

test('makes one case for each input, named by the file', async () => {
  using place = withSpec({});

  const cases = await load(place);

  expect(cases.map(({ name }) => name)).toEqual(['net › cat', 'net › dog']);
  expect(cases[0]!.input).toMatchObject({ kind: 'picture', path: place.path('specs/cat.png') });
});

test('expands a glob in the order of the names', async () => {
  using place = withSpec({ inputs: '*.png' });

  const cases = await load(place);

  expect(cases.map(({ input }) => input.name)).toEqual(['cat', 'dog']);
});

test('tells equal file names in two folders apart by the folder', async () => {
  using place = withSpec({ inputs: '{a,b}/*.png' }, { 'specs/a/1.png': 'x', 'specs/b/1.png': 'x' });

  const cases = await load(place);

  expect(cases.map(({ input }) => input.name)).toEqual(['a/1', 'b/1']);
});

test('refuses two cases with the same name', async () => {
  using place = withSpec({
    inputs: [
      { file: 'cat.png', name: 'pet' },
      { file: 'dog.png', name: 'pet' },
    ],
  });

  expect(await problemsOf(place)).toBe(
    'specs/net.hil.json: inputs has 2 cases named "pet" (cat.png, dog.png); give each a name of its own',
  );
});

test('refuses a glob that matches nothing', async () => {
  using place = withSpec({ inputs: 'pictures/*.jpg' });

  expect(await problemsOf(place)).toBe(
    'specs/net.hil.json: inputs is the glob pictures/*.jpg, which matches no file in specs',
  );
});

test('names every missing file at once', async () => {
  using place = withSpec({
    model: { reference: 'nt.onnx', board: 'models/net.rknn', format: 'fp16' },
    inputs: ['cow.png'],
  });

  expect(await problemsOf(place)).toBe(
    [
      'specs/net.hil.json: model.reference names nt.onnx, which does not exist',
      'specs/net.hil.json: model.board names models/net.rknn, which does not exist (nor does its folder)',
      'specs/net.hil.json: inputs[0] names cow.png, which does not exist',
    ].join('\n'),
  );
});

test('refuses a path that leads out of the project', async () => {
  using place = withSpec({ inputs: ['../../elsewhere/cat.png'] });

  expect(await problemsOf(place)).toContain(
    'inputs[0] is ../../elsewhere/cat.png, which lies outside the project',
  );
});

test('reads from a folder outside that the config names', async () => {
  using elsewhere = temporaryProject({ 'cat.png': 'x' });
  using place = withSpec(
    { inputs: [elsewhere.path('cat.png')] },
    { 'hil.config.yaml': `outside: [${elsewhere.root}]` },
  );

  const cases = await load(place);

  expect(cases[0]!.input.path).toBe(elsewhere.path('cat.png'));
});

test('refuses a spec file outside the project', async () => {
  using elsewhere = withSpec({});
  using place = temporaryProject();

  await expect(
    loadSpecFile(elsewhere.path('specs/net.hil.json'), place.project, neverImport),
  ).rejects.toThrow('lies outside the project');
});

test('names a symbolic link that leads back to itself', async () => {
  using place = withSpec({ inputs: ['loop.png'] });
  symlinkSync('loop.png', place.path('specs/loop.png'));

  expect(await problemsOf(place)).toContain(
    'inputs[0] names loop.png, which is a symbolic link that leads back to itself',
  );
});

test('survives a folder that links back to its parent', async () => {
  using place = withSpec({ inputs: '**/*.png' });
  mkdirSync(place.path('specs/deep'));
  symlinkSync('..', place.path('specs/deep/up'));

  const cases = await load(place);

  expect(cases.map(({ input }) => input.name)).toEqual(['cat', 'dog']);
});

test('suggests the key that was meant, and its line', async () => {
  using place = temporaryProject({
    ...files,
    'specs/net.hil.yaml': [
      'name: net',
      'model: { reference: net.onnx, board: net.rknn, format: fp16 }',
      'inputs: cat.png',
      'preprocess: { channelOrder: bgr, layout: NCHW }',
      'boardInput: { channelOrder: rgb, dtype: uint8, layout: NHWC }',
      'tolerance:',
      '  minCosin: 0.99',
      'repeat: 2',
    ].join('\n'),
  });

  expect(await problemsOf(place, 'specs/net.hil.yaml')).toBe(
    [
      'specs/net.hil.yaml:7: tolerance.minCosin is unknown; did you mean minCosine?',
      'specs/net.hil.yaml:8: repeat is unknown; did you mean repeats?',
    ].join('\n'),
  );
});

test.each([
  ['a negative limit', { tolerance: { atol: -1 } }, 'tolerance.atol is -1, but must be at least 0'],
  [
    'an unknown preset',
    { tolerance: 'fp61' },
    'tolerance is "fp61", but must be one of fp16, i16, u8, i8, or a map; did you mean fp16?',
  ],
  [
    'no tolerance',
    { tolerance: undefined },
    'tolerance is missing: without a limit nothing can fail; start with `tolerance: fp16`',
  ],
  [
    'an input of another form',
    { inputs: [{ fil: 'cat.png' }] },
    'inputs[0].fil is unknown; did you mean file?',
  ],
  [
    'a time without a unit',
    { timeout: 30 },
    'timeout is 30, but must be a duration such as 500ms, 30s or 2m',
  ],
  ['no preprocessing for pictures', { preprocess: undefined }, 'preprocess is missing'],
  [
    'no channel order for the board',
    { boardInput: { dtype: 'uint8', layout: 'NHWC' } },
    'boardInput.channelOrder is missing',
  ],
  [
    'a raw file without its shape',
    { inputs: ['data.bin'] },
    'inputs[0] names the raw file data.bin, so it must also give dtype and shape',
  ],
  [
    'a range of versions that is none',
    { board: { sdk: 'newest' } },
    'board.sdk is "newest", but must be a range of versions',
  ],
])('refuses %s', async (_, changes, problem) => {
  using place = withSpec(changes, { 'specs/data.bin': 'x' });

  expect(await problemsOf(place)).toContain(problem);
});

test.each([
  [
    'that sums to something else',
    [0.9, 0.2],
    'expect.softmax for cat sums to 1.1, but a softmax sums to 1 (within 0.001)',
  ],
  ['of one class', [1], 'expect.softmax is a list of 1, but must be at least 2 entries'],
])('refuses an expected softmax %s', async (_, softmax, problem) => {
  using place = withSpec({ inputs: ['cat.png'], expect: { softmax } });

  expect(await problemsOf(place)).toContain(problem);
});

test('accepts a printed softmax that sums to 1 but for its digits', async () => {
  using place = withSpec({ inputs: ['cat.png'], expect: { softmax: [0.947266, 0.052887] } });

  const [testCase] = await load(place);

  expect(testCase!.input.softmax).toEqual([0.947266, 0.052887]);
});

test('takes each input’s softmax from a file', async () => {
  using place = withSpec(
    { expect: { softmax: 'expected.json' } },
    { 'specs/expected.json': '{"softmax": {"cat": [0.25, 0.75], "dog": [1, 0], "cow": [0.5, 0.5]}}' },
  );

  const cases = await load(place);

  expect(cases.map(({ input }) => input.softmax)).toEqual([
    [0.25, 0.75],
    [1, 0],
  ]);
});

test('says which input has no expected softmax, and which name is none', async () => {
  using place = withSpec({ expect: { softmax: { cat: [0.5, 0.5], dogg: [0.5, 0.5] } } });

  expect(await problemsOf(place)).toBe(
    [
      'specs/net.hil.json: expect.softmax.dogg names no input of this spec; did you mean dog?',
      'specs/net.hil.json: expect.softmax has no softmax for the input dog',
    ].join('\n'),
  );
});

test('inherits from the defaults of its folders, the nearest winning', async () => {
  using place = temporaryProject({
    ...files,
    'hil.defaults.yaml': 'owner: lab\ntimeout: 10s\npreprocess: { mean: 128 }',
    'specs/hil.defaults.yaml': 'timeout: 20s',
    'specs/net.hil.json': JSON.stringify(declaration),
  });

  const [testCase] = await load(place);

  expect(testCase!.spec.timeoutMs).toBe(20_000);
  expect(testCase!.spec.declaration).toMatchObject({
    owner: 'lab',
    preprocess: { mean: 128, channelOrder: 'bgr' },
  });
});

test('says that a wrong value was inherited, and from where', async () => {
  using place = temporaryProject({
    ...files,
    'specs/hil.defaults.yaml': 'owner: lab\nrepeats: 0',
    'specs/net.hil.json': JSON.stringify(declaration),
  });

  expect(await problemsOf(place)).toBe(
    'specs/net.hil.json: repeats is 0, but must be at least 1 (inherited from specs/hil.defaults.yaml:2)',
  );
});

test('chooses the board’s model by SDK version', async () => {
  using place = withSpec(
    { model: { reference: 'net.onnx', board: '{sdk}/net.rknn', format: 'fp16' } },
    { 'specs/1.6.1/net.rknn': 'x' },
  );

  const [testCase] = await load(place);

  expect(boardModelPath(testCase!.spec, '1.6.1')).toBe(place.path('specs/1.6.1/net.rknn'));
  expect(() => boardModelPath(testCase!.spec, '1.7.5')).toThrow(
    'model.board names specs/1.7.5/net.rknn, which does not exist',
  );
});

test('a map of models names the versions it has', async () => {
  using place = withSpec({
    model: { reference: 'net.onnx', board: { '1.6.1': 'net.rknn' }, format: 'fp16' },
  });

  const [testCase] = await load(place);

  expect(() => boardModelPath(testCase!.spec, '1.7.5')).toThrow(
    'model.board has no model for SDK 1.7.5; it names 1.6.1',
  );
});

test('loads what a TypeScript spec exports, several at once', async () => {
  using place = temporaryProject({ ...files, 'specs/net.hil.ts': '' });
  const specs = [declaration, { ...declaration, name: 'other', inputs: 'cat.png' }];

  const cases = await loadSpecFile(place.path('specs/net.hil.ts'), place.project, () =>
    Promise.resolve({ default: specs }),
  );

  expect(cases.map(({ name }) => name)).toEqual(['net › cat', 'net › dog', 'other › cat']);
});

test('a module that never ends loading is told after half a minute', async () => {
  using place = temporaryProject({ ...files, 'specs/net.hil.ts': '' });
  vi.useFakeTimers();

  try {
    const loading = loadSpecFile(
      place.path('specs/net.hil.ts'),
      place.project,
      () => new Promise(() => undefined),
    );
    await Promise.all([
      expect(loading).rejects.toThrow('specs/net.hil.ts: is not loaded after 30 s'),
      vi.advanceTimersByTimeAsync(30_000),
    ]);
  } finally {
    vi.useRealTimers();
  }
});

test('what a module throws when it is read is its author’s to put right', async () => {
  using place = temporaryProject({ ...files, 'specs/net.hil.ts': '' });
  const spec = {
    get name() {
      throw new Error('no name today');
    },
  };

  const loading = loadSpecFile(place.path('specs/net.hil.ts'), place.project, () =>
    Promise.resolve({ default: spec }),
  );

  await expect(loading).rejects.toThrow('specs/net.hil.ts: cannot be loaded: no name today');
});

test('says which of several specs is wrong', async () => {
  using place = temporaryProject({
    ...files,
    'specs/net.hil.json': JSON.stringify([declaration, { ...declaration, repeats: 0 }]),
  });

  expect(await problemsOf(place)).toBe('specs/net.hil.json: [1].repeats is 0, but must be at least 1');
});

test('changes its hash when a default changes, not when a key moves', async () => {
  const { name, ...rest } = declaration;
  using first = withSpec({});
  using moved = temporaryProject({ ...files, 'specs/net.hil.json': JSON.stringify({ ...rest, name }) });
  using changed = withSpec({}, { 'specs/hil.defaults.yaml': 'repeats: 3' });

  const hashes = await Promise.all(
    [first, moved, changed].map(async (place) => (await load(place))[0]!.spec.sha256),
  );

  expect(hashes[1]).toBe(hashes[0]);
  expect(hashes[2]).not.toBe(hashes[0]);
});

test.each([
  ['0s', 'timeout is "0s", but must be between 1ms and 24 hours (1440m)'],
  ['99999999m', 'timeout is "99999999m", but must be between 1ms and 24 hours (1440m)'],
])('refuses the time limit %s, which no timer keeps', async (timeout, problem) => {
  using place = withSpec({ timeout });

  expect(await problemsOf(place)).toBe(`specs/net.hil.json: ${problem}`);
});

test('refuses names that would break lines and tables, and shows what is in them', async () => {
  using named = withSpec({ name: 'two\nlines' });
  using file = withSpec({ inputs: '*.png' }, { 'specs/two\nlines.png': 'x' });

  expect(await problemsOf(named)).toBe(
    'specs/net.hil.json: name is "two\\nlines", but must be a name without line breaks and control characters',
  );
  expect(await problemsOf(file)).toBe(
    'specs/net.hil.json: inputs names "specs/two\\nlines.png", which holds a line break or another control character; rename it',
  );
});

test('says which links of a glob lead nowhere, instead of leaving them out', async () => {
  using place = withSpec({ inputs: '*.png' });
  symlinkSync('not-fetched/cow.png', place.path('specs/cow.png'));
  symlinkSync('emu.png', place.path('specs/emu.png'));

  expect(await problemsOf(place)).toBe(
    'specs/net.hil.json: inputs is the glob *.png, which matches cow.png, emu.png: symbolic links that lead nowhere; fetch their files, or take the links away',
  );
});
