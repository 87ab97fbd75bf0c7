import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Target } from '../../board/choose-target.ts';
import { packageFolder } from '../../harness-version.ts';
import { loadProject } from '../../project/project.ts';
import { readRknn } from '../../reference/rknn-file/rknn-file.ts';
import type { RknnTrailer } from '../../reference/rknn-file/trailer.ts';
import type { Case, ResolvedSpec } from '../../spec/case.ts';
import { loadSpecFile } from '../../spec/load-spec-file.ts';
import type { Spec } from '../../spec/schema.ts';
import { inspectRknn, inspectRknnFile } from '../inspect-rknn.ts';
import { checkSpec, checkSpecs, ModelDoesNotFitError, refuseErrors, warningTexts } from './check-specs.ts';

const models = `${packageFolder}/specs/models`;
const u8 = readRknn(readFileSync(`${models}/two-class.u8.rknn`), 'two-class.u8.rknn');
/** A file like the built-in one (mean 128, std 1, reorder 2 1 0), with changes, as a real one for an RK1808. */
const file = (change: Partial<RknnTrailer> = {}) =>
  inspectRknnFile(
    { ...u8, trailer: { ...u8.trailer, target_platform: ['RK1808'], hil_virtual: undefined, ...change } },
    1000,
    'm.rknn',
  );

const board = (changes: Partial<Target['board']> = {}): Target['board'] => ({
  name: 'lab-1',
  runner: 'ssh',
  chip: 'RK1808',
  tags: [],
  sdks: ['1.7.5'],
  simulated: false,
  ...changes,
});
const target = (sdk = '1.7.5', changes: Partial<Target['board']> = {}): Target => ({
  board: board(changes),
  sdk,
});

const [story4] = await loadSpecFile(
  `${packageFolder}/specs/story/4-right.hil.yaml`,
  loadProject(packageFolder),
  () => Promise.reject(new Error('no module is needed')),
);
type Changes = { [K in keyof Spec]?: Partial<Spec[K]> };
/** Reference: BGR, mean 128, std 1. Board: by the official rule, RGB bytes, unless changed. */
function specWith(
  { boardInput, preprocess, model, expect: expected }: Changes,
  resolved: Partial<ResolvedSpec> = {},
): Case {
  const { declaration } = story4!.spec;
  return {
    ...story4!,
    spec: {
      ...story4!.spec,
      limits: { preset: 'u8' },
      ...resolved,
      declaration: {
        ...declaration,
        model: { ...declaration.model, format: 'u8', ...model },
        preprocess: { ...declaration.preprocess!, ...preprocess },
        boardInput: {
          channelOrder: 'rgb',
          dtype: 'uint8',
          layout: 'NHWC',
          mean: 0,
          std: 1,
          rounding: 'nearest',
          passThrough: false,
          declare: {},
          ...boardInput,
        },
        ...(expected ? { expect: { ...declaration.expect!, ...expected } } : {}),
      },
    },
  };
}
const rules = (testCase: Case, model = file(), on = target()) =>
  checkSpec(testCase, model, on).map(({ rule }) => rule);
/** The same without the remark that the file's own input range, which stays as it was, fits its means no more. */
const about = (...given: Parameters<typeof rules>) =>
  rules(...given).filter((rule) => rule !== 'input-range');
const only = (testCase: Case, model = file(), on = target()) => {
  const findings = checkSpec(testCase, model, on);
  expect(findings).toHaveLength(1);
  return findings[0]!;
};

test('the official rule contradicts nothing', () => {
  expect(rules(specWith({}))).toEqual([]);
});

describe('the order of the channels', () => {
  test('is swapped once too often where BGR meets reorder 2 1 0', () => {
    expect(only(specWith({ boardInput: { channelOrder: 'bgr' } }))).toEqual({
      level: 'warning',
      rule: 'channel-order',
      field: 'boardInput.channelOrder',
      found: 'bgr, which the file’s reorder 2 1 0 makes rgb: swapped once too often',
      expected: 'bgr at the network, as preprocess.channelOrder says',
      fix: 'Set boardInput.channelOrder: rgb, or convert with reorder_channel 0 1 2.',
    });
  });

  test('is never swapped where RGB meets reorder 0 1 2', () => {
    const { found, fix } = only(specWith({}), file({ reorder: [0, 1, 2] }));

    expect(found).toContain('one swap is missing');
    expect(fix).toBe('Set boardInput.channelOrder: bgr, or convert with reorder_channel 2 1 0.');
  });

  test('is not the file’s business with passThrough', () => {
    const passThrough = {
      passThrough: true,
      dtype: 'native',
      layout: 'NCHW',
      mean: 128,
      channelOrder: 'bgr',
    } as const;

    expect(rules(specWith({ boardInput: passThrough }))).toEqual([]);
    expect(only(specWith({ boardInput: { ...passThrough, channelOrder: 'rgb' } })).found).toContain(
      'passThrough',
    );
  });

  test('is right whenever the number of swaps is, over all settings', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('rgb' as const, 'bgr' as const),
        fc.constantFrom('rgb' as const, 'bgr' as const),
        fc.boolean(),
        (trained, fed, swaps) => {
          const found = rules(
            specWith({ preprocess: { channelOrder: trained }, boardInput: { channelOrder: fed } }),
            file({ reorder: swaps ? [2, 1, 0] : [0, 1, 2] }),
          );

          expect(found).toEqual((trained === fed) === !swaps ? [] : ['channel-order']);
        },
      ),
    );
  });
});

describe('mean and std', () => {
  const float = { dtype: 'float32' } as const;

  test('on the host and in the file are applied twice', () => {
    const { rule, found, expected, fix } = only(specWith({ boardInput: { ...float, mean: 128 } }));

    expect(rule).toBe('normalised-twice');
    expect(found).toBe(
      'mean 128 and std 1 on the host and mean 128 and std 1 in the file, together mean 256 and std 1: applied twice',
    );
    expect(expected).toBe('mean 128 and std 1, as preprocess says');
    expect(fix).toContain('boardInput.mean: 0');
  });

  test('a std that is divided by twice is named too', () => {
    const model = file({ mean_value: [0, 0, 0], std_value: [58, 58, 58] });

    expect(
      only(specWith({ preprocess: { mean: 0, std: 58 }, boardInput: { ...float, std: 58 } }), model).rule,
    ).toBe('normalised-twice');
  });

  test('are missing, are in the other order, or are for another range', () => {
    const nothing = file({ mean_value: [0, 0, 0] });
    const listed = { mean: [104, 117, 123], std: 1 };

    expect(about(specWith({ boardInput: float }), nothing)).toEqual(['not-normalised']);
    expect(about(specWith({ preprocess: listed }), file({ mean_value: [104, 117, 123] }))).toEqual([]);
    expect(about(specWith({ preprocess: listed }), file({ mean_value: [123, 117, 104] }))).toEqual([
      'means-reversed',
    ]);
    expect(
      rules(
        specWith({ preprocess: { mean: 0.5, std: 0.5 } }),
        file({ mean_value: [127.5, 127.5, 127.5], std_value: [127.5, 127.5, 127.5] }),
      ),
    ).toContain('range-of-1');
    expect(about(specWith({ preprocess: { mean: 100 } }))).toEqual(['normalisation']);
  });

  test('equal numbers read equal, in float32 as in the spec', () => {
    // 113.8575 is 113.85749816894531 in float32.
    const baked = file({ mean_value: [128, 128, Math.fround(113.8575)] });

    const testCase = specWith({
      preprocess: { mean: [128, 128, 113.8575] },
      boardInput: { ...float, mean: 128 },
    });
    const { found, expected } = checkSpec(testCase, baked, target()).find(
      ({ field }) => field === 'boardInput.mean, boardInput.std',
    )!;

    expect(found).toContain('mean 128 128 113.8575 and std 1 in the file');
    expect(expected).toContain('mean 128 128 113.8575 and');
  });

  test('passThrough skips what the file would do', () => {
    const { rule, fix } = only(
      specWith({ boardInput: { passThrough: true, dtype: 'native', layout: 'NCHW', channelOrder: 'bgr' } }),
    );

    expect(rule).toBe('pass-through');
    expect(fix).toContain('passThrough: false');
  });

  test('host and file together are right exactly when their composition is the reference’s', () => {
    const number = fc.integer({ min: 0, max: 40 });
    const divisor = fc.integer({ min: 1, max: 8 });
    fc.assert(
      fc.property(number, divisor, number, divisor, (m1, s1, m2, s2) => {
        const composed = { mean: m1 + s1 * m2, std: s1 * s2 };
        const model = file({ mean_value: [m2, m2, m2], std_value: [s2, s2, s2] });
        const host = { ...float, mean: m1, std: s1 };
        expect(about(specWith({ preprocess: composed, boardInput: host }), model)).toEqual([]);
        expect(
          about(specWith({ preprocess: { ...composed, mean: composed.mean + 50 }, boardInput: host }), model),
        ).toHaveLength(1);
      }),
    );
  });
});

describe('what the runtime is told', () => {
  test.each([
    ['declared-type', { declare: { dtype: 'int8' } }],
    ['declared-layout', { declare: { layout: 'NCHW' } }],
    ['declared-size', { declare: { sizeBytes: 12_288 / 4 } }],
    ['buffer-range', { dtype: 'int8' }],
  ] as const)('%s', (rule, boardInput) => {
    expect(only(specWith({ boardInput })).rule).toBe(rule);
  });

  test('a size in elements is called so, and the right size of a float buffer is no finding', () => {
    const floats = { dtype: 'float32', declare: { sizeBytes: 3 * 64 * 64 } } as const;

    expect(only(specWith({ boardInput: floats })).found).toBe('12288, the number of elements');
    expect(rules(specWith({ boardInput: { ...floats, declare: { sizeBytes: 4 * 3 * 64 * 64 } } }))).toEqual(
      [],
    );
  });

  test('the size of the picture, and grey for colour', () => {
    const resize = { width: 224, height: 224, mode: 'stretch', interpolation: 'linear', pad: 0 } as const;

    expect(only(specWith({ preprocess: { resize } })).expected).toContain('width 64, height 64');
    expect(
      rules(specWith({ preprocess: { channelOrder: 'grey' }, boardInput: { channelOrder: 'grey' } })),
    ).toEqual(['input-shape']);
  });
});

describe('the file and the board', () => {
  test('another family is an error on hardware, before any board is touched', () => {
    const model = file({ target_platform: ['RV1126'] });

    expect(only(specWith({}), model)).toMatchObject({ level: 'error', rule: 'family' });
    expect(only(specWith({}), model, target('1.7.5', { simulated: true })).level).toBe('warning');
    expect(rules(specWith({}), model, target('1.7.5', { chip: 'RV1126' }))).toEqual([]);
  });

  test('a toolkit that is newer than the runtime is a warning, an older one is fine', () => {
    expect(only(specWith({}), file({ version: '1.7.5' }), target('1.6.1')).rule).toBe('toolkit');
    expect(rules(specWith({}), file({ version: '1.6.1' }), target('1.7.5'))).toEqual([]);
  });

  test('formats: of the spec, and of a tolerance that the file cannot meet', () => {
    expect(only(specWith({ model: { format: 'i8' } })).expected).toBe('u8, which the file’s tensors are in');
    expect(only(specWith({}, { limits: { preset: 'fp16' } })).found).toBe('the preset fp16 for a file in u8');
    expect(rules(specWith({}, { limits: { preset: 'i8' } }))).toEqual([]);
  });

  test('defects of old runtimes', () => {
    const version = '1.2.1';
    const perChannel = file({ version, std_value: [1, 2, 1] });

    expect(rules(specWith({ preprocess: { std: [1, 2, 1] } }), perChannel, target('1.3.0'))).toEqual([
      'std-per-channel',
    ]);
    expect(rules(specWith({ preprocess: { std: [1, 2, 1] } }), perChannel, target('1.3.4'))).toEqual([]);
  });

  test('probabilities of a file that gives scores, and too many of them', () => {
    const nodes = u8.trailer.nodes!.map((node) => ({ ...node, op: node.op.replace('SOFTMAX', 'FCL') }));

    expect(only(specWith({}), file({ nodes })).rule).toBe('logits');
    expect(only(specWith({ expect: { softmax: [0.2, 0.3, 0.5] } })).found).toBe('3 values');
  });

  test('a tolerance that the expected values themselves would miss in the output’s type', () => {
    // 0.9521073 lies between the halves 0.9516602 and 0.9521484.
    const { rule, found } = only(specWith({}, { limits: { atol: 1e-5 } }));

    expect(rule).toBe('finer-than-format');
    expect(found).toContain('0.9521073 alone is stored as 0.9521484, 0.0000411');
    expect(rules(specWith({}, { limits: { atol: 5e-5 } }))).toEqual([]);
  });

  test('errors stop everything, with all the fixes', () => {
    const misfit = {
      spec: 'a.yaml',
      name: 'a',
      model: 'm.rknn',
      findings: checkSpec(specWith({}), file({ target_platform: ['RV1126'] }), target()),
    };

    expect(() => refuseErrors([misfit])).toThrow(ModelDoesNotFitError);
    expect(() => refuseErrors([misfit])).toThrow(
      'a.yaml: model.board is a file that does not fit: the model is built for RV1126, the chip is RK1808 (m.rknn)',
    );
    expect(() => refuseErrors([{ ...misfit, findings: [] }])).not.toThrow();
  });
});

test('the story’s wrong steps are found without a board, and its right ones have no finding', async () => {
  const project = loadProject(packageFolder);
  const files = [
    '1-signed-bytes',
    '2-declared-planes',
    '3-reorder-on-planes',
    '4-right',
    '5-size-in-elements',
    '6-as-if-float32',
    '7-official-rule',
  ];
  const planned = await Promise.all(
    files.map(async (name) => ({
      case: (
        await loadSpecFile(`${packageFolder}/specs/story/${name}.hil.yaml`, project, () =>
          Promise.reject(new Error('no module')),
        )
      )[0]!,
      targets: [target('1.7.5', { simulated: true })] as const,
    })),
  );

  const found = await checkSpecs(planned);

  expect(found.map(({ spec, findings }) => [spec, ...findings.map(({ rule }) => rule)])).toEqual([
    ['specs/story/1-signed-bytes.hil.yaml', 'channel-order', 'declared-type'],
    ['specs/story/2-declared-planes.hil.yaml', 'channel-order', 'declared-type', 'declared-layout'],
    ['specs/story/3-reorder-on-planes.hil.yaml', 'channel-order'],
    ['specs/story/5-size-in-elements.hil.yaml', 'declared-size'],
    ['specs/story/6-as-if-float32.hil.yaml', 'finer-than-format'],
  ]);
  expect(warningTexts(found[3]!)).toEqual([
    'warning: specs/story/5-size-in-elements.hil.yaml: boardInput.declare.sizeBytes is 12288, the number of elements; expected 49152 bytes (specs/models/story.mean0-reorder012.rknn)\n' +
      '  next: Leave boardInput.declare.sizeBytes out.',
  ]);
});

const realFiles = fileURLToPath(new URL('../../../../shared/data/models/rknn/', import.meta.url));
test.skipIf(!existsSync(realFiles) && '../shared/data is absent')(
  'a real file of another family and size is told apart from the spec’s own',
  () => {
    const name = 'squeezenet_v1.1_u8_rv1109_toolkit1.7.1.rknn';
    const found = rules(specWith({}), inspectRknn(readFileSync(`${realFiles}${name}`), name));

    // Mean 0, reorder 0 1 2, 224 x 224 and a thousand classes, for an RV1109.
    expect(found.toSorted()).toEqual(['channel-order', 'classes', 'family', 'input-shape', 'not-normalised']);
  },
);
