import * as fc from 'fast-check';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { NoSpecsError } from '../spec/find-spec-files.ts';
import { type TemporaryProject, temporaryProject } from '../spec/temporary-project.ts';
import { type CaseChoices, PlanError, planCases } from './plan-cases.ts';
import { boardNamed } from './trial-case.ts';

const boards = [boardNamed('desk', { sdks: ['1.6.1', '1.7.5'] }), boardNamed('rack', { tags: ['night'] })];

const specOf = (name: string, changes: object = {}) =>
  JSON.stringify({
    name,
    model: { reference: 'net.onnx', board: 'net.rknn', format: 'fp16' },
    inputs: ['a.npy', 'b.npy'],
    boardInput: { dtype: 'float32', layout: 'NCHW' },
    tolerance: 'fp16',
    ...changes,
  });

const files = { 'specs/net.onnx': 'x', 'specs/net.rknn': 'x', 'specs/a.npy': 'x', 'specs/b.npy': 'x' };

const projectWith = (specs: Record<string, string>, config = '') =>
  temporaryProject({
    ...files,
    'hil.config.yaml': config,
    ...Object.fromEntries(Object.entries(specs).map(([name, text]) => [`specs/${name}.hil.json`, text])),
  });

const plan = (place: TemporaryProject, choices: Partial<CaseChoices> = {}) =>
  planCases(place.project, boards, { cwd: place.root, words: [], ...choices }, () =>
    Promise.reject(new Error('no module expected')),
  );

const namesOf = async (place: TemporaryProject, choices: Partial<CaseChoices> = {}) =>
  (await plan(place, choices)).map((planned) => planned.case.name);

async function planErrorOf(place: TemporaryProject, choices?: Partial<CaseChoices>): Promise<PlanError> {
  try {
    await plan(place, choices);
  } catch (error) {
    if (error instanceof PlanError) return error;
    throw error;
  }
  throw new Error('the plan was accepted');
}

const twoNets = { cat: specOf('cat net', { tags: ['night'] }), dog: specOf('dog net', { tags: ['day'] }) };

test('takes every case of every spec, in the order of files and inputs', async () => {
  using place = projectWith(twoNets);

  expect(await namesOf(place)).toEqual(['cat net › a', 'cat net › b', 'dog net › a', 'dog net › b']);
});

test.each<[string, Partial<CaseChoices>, string[]]>([
  ['a file', { words: ['specs/dog.hil.json'] }, ['dog net › a', 'dog net › b']],
  ['a part of a name, in any case', { words: ['CAT'] }, ['cat net › a', 'cat net › b']],
  [
    'parts of names, any of which is enough',
    { words: ['cat net › b', 'dog net › a'] },
    ['cat net › b', 'dog net › a'],
  ],
  ['a file and a part of a name', { words: ['specs/dog.hil.json', '› b'] }, ['dog net › b']],
  ['a regular expression', { namePattern: /^dog.*a$/ }, ['dog net › a']],
  ['a tag', { tags: ['night'] }, ['cat net › a', 'cat net › b']],
  ['one tag of several', { tags: ['day', 'dusk'] }, ['dog net › a', 'dog net › b']],
  ['no tag at all', { tags: [] }, ['cat net › a', 'cat net › b', 'dog net › a', 'dog net › b']],
  ['tag and pattern together', { tags: ['day'], namePattern: /b$/ }, ['dog net › b']],
])('chooses by %s', async (_, choices, expected) => {
  using place = projectWith(twoNets);

  expect(await namesOf(place, choices)).toEqual(expected);
});

test('says that no case is left, rather than running none', async () => {
  using place = projectWith(twoNets);

  const planning = plan(place, { words: ['cow'] });

  await expect(planning).rejects.toThrow(NoSpecsError);
  await expect(planning).rejects.toMatchObject({
    message: 'none of the 4 cases fits the filters',
    hint: 'Loosen the filters; `npx hil run --dry-run` lists the cases.',
  });
});

test('shards share all cases without overlap, and none is longer than another by more than one', async () => {
  using place = projectWith({
    ...twoNets,
    one: specOf('one', { inputs: ['a.npy'] }),
  });
  const all = await namesOf(place);

  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 7 }), async (count) => {
      const shards = await Promise.all(
        Array.from({ length: count }, (_, i) => namesOf(place, { shard: { index: i + 1, count } })),
      );
      const sizes = shards.map((shard) => shard.length);

      expect(shards.flat().sort()).toEqual(all.toSorted());
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
    { numRuns: 7 },
  );
});

describe('boards', () => {
  const boardsOf = async (place: TemporaryProject, choices?: Partial<CaseChoices>) =>
    (await plan(place, choices))[0]!.targets.map(({ board, sdk }) => `${board.name} ${sdk}`);

  test('all that fit are in the plan, each with its newest SDK', async () => {
    using place = projectWith({ net: specOf('net') });

    expect(await boardsOf(place)).toEqual(['desk 1.7.5', 'rack 1.7.5']);
  });

  test('the spec’s own wishes count', async () => {
    using place = projectWith({ net: specOf('net', { board: { tags: ['night'] } }) });

    expect(await boardsOf(place)).toEqual(['rack 1.7.5']);
  });

  test('the command line beats the spec, and the spec the config', async () => {
    using named = projectWith({ net: specOf('net', { board: { name: 'rack' } }) }, 'board: desk');
    using unnamed = projectWith({ net: specOf('net') }, 'board: desk\nsdk: 1.6.1');
    using ranged = projectWith({ net: specOf('net', { board: { sdk: '>=1.7.0' } }) }, 'sdk: 1.6.1');

    expect(await boardsOf(named)).toEqual(['rack 1.7.5']);
    expect(await boardsOf(named, { board: 'desk' })).toEqual(['desk 1.7.5']);
    expect(await boardsOf(unnamed)).toEqual(['desk 1.6.1']);
    expect(await boardsOf(unnamed, { sdk: '1.7.5' })).toEqual(['desk 1.7.5']);
    expect(await boardsOf(ranged)).toEqual(['desk 1.7.5', 'rack 1.7.5']);
  });

  test('one that does not fit is an error of the spec, told once for all its inputs', async () => {
    using place = projectWith({ net: specOf('net') });

    const { message, errors } = await planErrorOf(place, { board: 'moon' });

    expect(message).toBe('no board fits the name moon: desk has another name; rack has another name');
    expect(errors).toHaveLength(1);
  });

  test('the model for the chosen SDK must be there before anything runs', async () => {
    using place = projectWith({
      net: specOf('net', { model: { reference: 'net.onnx', board: '{sdk}.rknn', format: 'fp16' } }),
    });

    const { message, hint } = await planErrorOf(place);

    expect(message).toBe('specs/net.hil.json: model.board names specs/1.7.5.rknn, which does not exist');
    expect(hint).toBe('Add the model for SDK 1.7.5, or choose another with --sdk.');
  });
});

test('a case may only move on to boards that it has a model for', async () => {
  using place = projectWith({
    net: specOf('net', {
      model: { reference: 'net.onnx', board: { '1.7.5': 'net.rknn' }, format: 'fp16' },
    }),
  });
  const farm = [boards[0]!, boardNamed('old', { sdks: ['1.6.1'] }), boards[1]!];

  const [planned] = await planCases(place.project, farm, { cwd: place.root, words: [] }, () =>
    Promise.reject(new Error('no module expected')),
  );

  expect(planned!.targets.map(({ board }) => board.name)).toEqual(['desk', 'rack']);
});

describe('wrong specs', () => {
  test('are all told at once, each with its file', async () => {
    using place = projectWith({
      a: specOf('a', { repeats: 0 }),
      b: specOf('b', { tolerance: undefined }),
      c: specOf('c'),
    });

    const { message, errors } = await planErrorOf(place);

    expect(message).toBe(
      [
        'specs/a.hil.json: repeats is 0, but must be at least 1',
        'specs/b.hil.json: tolerance is missing: without a limit nothing can fail; start with `tolerance: fp16`',
      ].join('\n'),
    );
    expect(errors).toHaveLength(2);
  });

  test('give one instruction where one is enough for all', async () => {
    using place = projectWith({ a: specOf('a', { repeats: 0 }), b: specOf('b', { repeats: 0 }) });

    const { hint, errors } = await planErrorOf(place);

    expect(hint).toBe(errors[0]!.hint);
  });

  test('with the same name are refused, naming both files', async () => {
    using place = projectWith({ a: specOf('net'), b: specOf('net') });

    const { message, hint } = await planErrorOf(place);

    expect(message).toBe(
      [
        'specs/b.hil.json: name is "net", which gives a second case named "net › a"; the first is in specs/a.hil.json',
        'specs/b.hil.json: name is "net", which gives a second case named "net › b"; the first is in specs/a.hil.json',
      ].join('\n'),
    );
    expect(hint).toBe('Give each spec a name of its own.');
  });

  test('stop a run even where the filters would leave them out', async () => {
    using place = projectWith({ a: specOf('a', { repeats: 0 }), b: specOf('b') });

    const { message } = await planErrorOf(place, { namePattern: /^b/ });

    expect(message).toContain('specs/a.hil.json: repeats');
  });
});

describe('a matrix of SDKs', () => {
  const stacks = async (place: TemporaryProject, sdks: readonly string[]) =>
    (await plan(place, { sdks, words: ['› a'] })).map(
      ({ case: { name }, matrixSdk, targets }) =>
        `${name} ${matrixSdk}: ${targets.map(({ board, sdk }) => `${board.name} ${sdk}`).join(', ')}`,
    );

  test('gives every case a result of its own on each, and boards that have it only', async () => {
    using place = projectWith({ cat: specOf('cat net') }, 'sdk: 1.6.1');

    expect(await stacks(place, ['1.6.1', '1.7.5'])).toEqual([
      'cat net › a 1.6.1: desk 1.6.1',
      'cat net › a 1.7.5: desk 1.7.5, rack 1.7.5',
    ]);
  });

  test('leaves out what a spec’s range excludes, and refuses a spec that excludes all', async () => {
    using place = projectWith({ cat: specOf('cat net', { board: { sdk: '>=1.7.0' } }) });

    expect(await stacks(place, ['1.6.1', '1.7.5'])).toEqual(['cat net › a 1.7.5: desk 1.7.5, rack 1.7.5']);
    await expect(stacks(place, ['1.5.0', '1.6.1'])).rejects.toThrow('no board fits');
  });
});

test('writes nothing', async () => {
  using place = projectWith(twoNets);

  await plan(place);

  expect(existsSync(place.path('.hil'))).toBe(false);
  expect(existsSync(place.path('golden'))).toBe(false);
});
