import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fillWord, listsSomeValues, type Placeholder, unknownPlaceholder } from './command.ts';
import type { SpecDeclaration } from './schema.ts';
import { loadSpecFile } from './load-spec-file.ts';
import { SpecError } from './spec-error.ts';
import { type TemporaryProject, temporaryProject } from './temporary-project.ts';

const declaration = {
  name: 'net',
  model: { reference: 'net.onnx', board: 'net.rknn', format: 'fp16' },
  inputs: ['cat.png'],
  preprocess: { channelOrder: 'rgb', layout: 'NCHW' },
  tolerance: 'fp16',
  command: { program: 'build/demo', outputs: [{ parser: 'top5' }] },
} as const satisfies SpecDeclaration;

const files = {
  'specs/net.onnx': 'x',
  'specs/net.rknn': 'x',
  'specs/cat.png': 'x',
  'specs/labels.txt': 'cat\ndog\n',
  'specs/build/demo': 'x',
};

const withCommand = (command: object, changes: object = {}): TemporaryProject =>
  temporaryProject({
    ...files,
    'specs/net.hil.json': JSON.stringify({
      ...declaration,
      ...changes,
      command: { ...declaration.command, ...command },
    }),
  });

const load = (place: TemporaryProject) =>
  loadSpecFile(place.path('specs/net.hil.json'), place.project, () =>
    Promise.reject(new Error('no module expected')),
  );

const problemsOf = (place: TemporaryProject): Promise<string> =>
  load(place).then(
    () => 'no problem',
    (error: unknown) => (error instanceof SpecError ? error.message : String(error)),
  );

test('finds the local files of a command, and gives each its name on the board', async () => {
  using place = withCommand({
    files: ['labels.txt', { file: 'labels.txt', as: 'model/names.txt' }],
    environment: { LD_LIBRARY_PATH: '/userdata/{sdk}' },
  });

  const [testCase] = await load(place);

  expect(testCase!.spec.command).toEqual({
    program: { path: place.path('specs/build/demo'), name: 'demo' },
    args: ['{model}', '{input}'],
    files: [
      { path: place.path('specs/labels.txt'), as: 'labels.txt' },
      { path: place.path('specs/labels.txt'), as: 'model/names.txt' },
    ],
    environment: { LD_LIBRARY_PATH: '/userdata/{sdk}' },
    input: 'file',
    outputs: [{ parser: 'top5', from: 'stdout', block: 0 }],
  });
});

test('needs boardInput only where a buffer is made of it', async () => {
  using none = withCommand({});
  using buffer = withCommand({ input: 'board-buffer' });

  expect(await problemsOf(none)).toBe('no problem');
  expect(await problemsOf(buffer)).toContain('boardInput is missing');
});

test.each([
  ['a shell’s variable in braces', { args: ['${HOME}'] }, 'command.args[0] is "${HOME}", but must be a word'],
  ['an unknown placeholder', { args: ['{modell}'] }, 'command.args[0] is "{modell}", but must be a word'],
  ['a NUL', { args: ['a\0b'] }, 'command.args[0]'],
  ['an environment name that is none', { environment: { 'A B': 'x' } }, 'command.environment'],
  ['a program that is not there', { program: 'gone' }, 'command.program names gone, which does not exist'],
  [
    'a relative program on the board',
    { program: { onBoard: './run' } },
    'command.program.onBoard is "./run"',
  ],
  ['a file that is not there', { files: ['gone.txt'] }, 'command.files[0] names gone.txt'],
  [
    'two files of one name',
    { files: ['labels.txt', { file: 'cat.png', as: 'labels.txt' }] },
    'command.files[1] is called labels.txt on the board, and so is another file',
  ],
  [
    'a name of the harness’s own',
    { files: [{ file: 'labels.txt', as: 'out/labels.txt' }] },
    'command.files[0] is called out/labels.txt on the board, where out is the harness’s own',
  ],
  [
    'a way out of the folder',
    { files: [{ file: 'labels.txt', as: '../x' }] },
    'command.files[0].as is "../x", but must be a path inside the folder',
  ],
  ['no outputs', { outputs: [] }, 'command.outputs is a list of 0'],
  ['a parser that is none', { outputs: [{ parser: 'top-5' }] }, 'command.outputs[0].parser is "top-5"'],
  [
    'a regular expression without its group',
    { outputs: [{ parser: 'regex', pattern: '(\\d+)' }] },
    'command.outputs[0].pattern is "(\\d+)", but must be a regular expression',
  ],
  [
    'a regular expression that is none',
    { outputs: [{ parser: 'regex', pattern: '(?<value>' }] },
    'command.outputs[0].pattern is "(?<value>"',
  ],
  [
    'binary data on standard output',
    { outputs: [{ parser: 'npy', from: 'stdout' }] },
    'command.outputs[0].from is "stdout", but must be a file below {outputs}',
  ],
  ['an index without a value', { outputs: [{ parser: 'json', index: 'class' }] }, 'command.outputs[0].value'],
  [
    'a second output of one name',
    {
      outputs: [
        { name: 'p', parser: 'top5' },
        { name: 'p', parser: 'top5', block: 1 },
      ],
    },
    'command.outputs[1].name is p, which an output before it has already',
  ],
  [
    'names for some outputs only',
    { outputs: [{ name: 'p', parser: 'top5' }, { parser: 'top5' }] },
    'command.outputs[1].name is missing: either all outputs have a name, or none',
  ],
])('refuses %s', async (_, command, problem) => {
  using place = withCommand(command);

  expect(await problemsOf(place)).toContain(problem);
});

test.each([
  ['minCosine', { minCosine: 0.99 }],
  ['maxKl', { atol: 0.1, maxKl: 0.1 }],
])('refuses %s for a list of some classes', async (limit, tolerance) => {
  using place = withCommand({}, { tolerance });

  expect(await problemsOf(place)).toContain(
    `tolerance.${limit} needs every value of the output, but the parser top5 lists some`,
  );
});

test('allows every limit where the program gives the whole output', async () => {
  using place = withCommand({ outputs: [{ parser: 'json' }] }, { tolerance: { minCosine: 0.99 } });

  expect(await problemsOf(place)).toBe('no problem');
});

test('knows which parsers list some values only', () => {
  expect(listsSomeValues({ parser: 'top5', from: 'stdout', block: 0 })).toBe(true);
  expect(listsSomeValues({ parser: 'json', from: 'stdout', path: [] })).toBe(false);
  expect(listsSomeValues({ parser: 'json', from: 'x', path: [], index: 'class', value: 'p' })).toBe(true);
  expect(listsSomeValues({ parser: 'regex', from: 'x', pattern: '(?<value>.)' })).toBe(false);
  expect(listsSomeValues({ parser: 'regex', from: 'x', pattern: '(?<index>.)(?<value>.)' })).toBe(true);
});

const values: Record<Placeholder, string> = {
  model: '{input}',
  input: '$1 {model}',
  outputs: '/o',
  folder: '/f',
  sdk: '1.7.5',
};

test('replaces placeholders once: what takes their place is not looked at again', () => {
  expect(fillWord('{model}', values)).toBe('{input}');
  expect(fillWord('--in={input}', values)).toBe('--in=$1 {model}');
  expect(fillWord('{{"a": {sdk}}}', values)).toBe('{"a": 1.7.5}');
});

test('leaves any text as it is once its braces are doubled', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const doubled = text.replaceAll(/[{}]/g, '$&$&');

      expect(unknownPlaceholder(doubled)).toBeUndefined();
      expect(fillWord(doubled, values)).toBe(text);
    }),
  );
});
