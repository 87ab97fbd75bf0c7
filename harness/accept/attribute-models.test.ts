import { expect, test } from 'vitest';
import { attributeModels } from './attribute-models.ts';
import type { StackEvidence } from './evidence/evidence.ts';
import { fakeStack, scattered, stackOf } from './fake-evidence.ts';

/** Answers whose logits are `factor` times the golden's, with a small scatter of their own. */
const corner = (factor: number, model: string, seed: number, board = 'stick'): StackEvidence =>
  stackOf(
    `corner ${seed}`,
    (logits, i) => scattered(0.0005, seed)(logits, i).map((logit) => factor * logit),
    () => ({
      record: {
        hashes: { spec: 'spec', boardModel: model },
        target: { board, sdk: '1', simulated: false, format: 'fp16' },
      },
    }),
  );

const significant = (grid: Parameters<typeof attributeModels>[0]) =>
  attributeModels(grid, 0.99).map(({ network, responses }) => ({
    network,
    found: responses.map(({ response, effects }) => [
      response,
      ...effects.filter((effect) => effect.significant).map(({ factor }) => factor),
    ]),
  }));

const grid = {
  oldOld: corner(1, 'a', 1),
  oldNew: corner(1, 'a', 2),
  newOld: corner(0.98, 'b', 3),
  newNew: corner(0.98, 'b', 4),
};

test('blames the converter for logits that every runtime shrinks with the new model', () => {
  const [found] = attributeModels(grid, 0.99);

  expect(significant(grid)).toEqual([
    {
      network: 'net',
      found: [
        ['scale', 'converter'],
        ['error', 'converter'],
      ],
    },
  ]);
  expect(found!.responses[0]!.sentence).toMatch(
    /^The result was moved by the converter by −2(\.0\d)? % \(.*\)\.$/,
  );
  expect(found!.notes).toEqual([]);
});

test('blames the runtime for what it does with either model', () => {
  const moved = {
    ...grid,
    oldNew: corner(0.97, 'a', 2),
    newOld: corner(1, 'b', 3),
    newNew: corner(0.97, 'b', 4),
  };

  expect(significant(moved)[0]!.found[0]).toEqual(['scale', 'runtime']);
});

test('goes on without a corner that a driver refused, and says why', () => {
  const refused = fakeStack(
    'refused',
    grid.newOld.cases.map(({ record }) => ({
      record: {
        ...record,
        verdict: 'broken',
        reason: 'the model was built by toolkit 2, which is newer',
      } as const,
      outputs: [],
    })),
  );

  const [found] = attributeModels({ ...grid, newOld: refused }, 0.99);

  expect(found!.responses.map(({ without }) => without)).toEqual(['newOld', 'newOld']);
  expect(found!.notes).toEqual([
    'No answers of the new model on the old runtime in 12 of 12 cases: the model was built by toolkit 2, which is newer',
  ]);
});

test('has nothing to attribute where one model serves both', () => {
  const same = { ...grid, newNew: corner(0.98, 'a', 4) };

  expect(attributeModels(same, 0.99)).toEqual([
    {
      network: 'net',
      responses: [],
      notes: ['One model file serves both stacks: what changed is not the converter’s doing.'],
    },
  ]);
});

test('takes boards for one where they do not all have the whole grid', () => {
  const elsewhere = { ...grid, newNew: corner(0.98, 'b', 4, 'other') };

  const [found] = attributeModels(elsewhere, 0.99);

  expect(found!.responses[0]!.boards).toEqual(['other or stick']);
  expect(found!.responses[0]!.effects.map(({ factor }) => factor)).toEqual([
    'converter',
    'runtime',
    'interaction',
  ]);
});

test('says that the canary failed in between', () => {
  const canaries = [{ board: 'stick', sdk: '1', when: 'after', passed: false, message: 'off' }] as const;

  const [found] = attributeModels({ ...grid, oldNew: { ...grid.oldNew, canaries } }, 0.99);

  expect(found!.notes).toEqual([
    'The canary failed around the runs of the old model on the new runtime: do not trust this grid.',
  ]);
});
