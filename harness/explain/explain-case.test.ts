import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compareOutputs } from '../compare/compare.ts';
import { packageFolder } from '../harness-version.ts';
import { prepareInput } from '../input/prepare-input.ts';
import { requestOf } from '../pipeline/reference-branch.ts';
import { loadProject } from '../project/project.ts';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import { boardModelPath } from '../spec/board-model-path.ts';
import { loadSpecFile } from '../spec/load-spec-file.ts';
import { floatsToHalves, halvesToFloats } from '../tensor/half.ts';
import { type NamedTensors, tensor } from '../tensor/tensor.ts';
import { explainCase, type JudgedCase } from './explain-case.ts';

const { settings } = JSON.parse(
  readFileSync(join(packageFolder, 'specs/models/story.expected.json'), 'utf8'),
) as { readonly settings: Readonly<Record<string, { readonly softmax: readonly number[] }>> };

const engine = createOnnxRuntimeEngine();

/** What a board would answer, as float16 holds it. */
const answer = (values: readonly number[]): NamedTensors =>
  new Map([['prob', tensor('float32', [1, 2], halvesToFloats(floatsToHalves(Float32Array.from(values))))]]);

/** A step of the story whose board answered as told: with PyTorch's numbers for one setting or another. */
async function judged(file: string, board: NamedTensors): Promise<JudgedCase> {
  const project = loadProject(packageFolder);
  const [testCase] = await loadSpecFile(join(packageFolder, 'specs/story', file), project, () =>
    Promise.reject(new Error('no module expected')),
  );
  const { spec } = testCase!;
  const golden = answer(settings['correct_bytes']!.softmax);
  const path = boardModelPath(spec, '1.7.5');
  return {
    testCase: testCase!,
    sdk: '1.7.5',
    prepared: await prepareInput(testCase!.input, spec),
    golden,
    board,
    comparison: compareOutputs(golden, board, { limits: spec.limits }),
    boardModel: { path, bytes: readFileSync(path) },
  };
}

const explain = (asked: JudgedCase, budgetMs = 60_000) =>
  explainCase(asked, {
    engine,
    network: requestOf(asked.testCase, asked.prepared, engine).network,
    budgetMs,
  });

const shown = ({ input }: Awaited<ReturnType<typeof explain>>) => ({
  kind: input?.kind,
  faults: input?.faults.map(({ fault }) => fault),
});

describe('the story, with the answers that PyTorch gives to each input', () => {
  test.each([
    ['1-signed-bytes.hil.yaml', 'int8_nhwc_mean128_reorder210', ['signed-bytes', 'channels-swapped']],
    [
      '2-declared-planes.hil.yaml',
      'int8_declared_nchw_mean128_reorder210',
      ['signed-bytes', 'interleaved-as-planes', 'channels-swapped'],
    ],
    ['3-reorder-on-planes.hil.yaml', 'float_nchw_mean0_reorder210', ['channels-swapped']],
  ])('%s: the settings that are wrong are named, with what to change', async (file, setting, faults) => {
    const asked = await judged(file, answer(settings[setting]!.softmax));

    const explanation = await explain(asked);

    expect(explanation.cause).toBe('input-settings');
    expect(shown(explanation)).toEqual({ kind: 'declared', faults });
    expect(explanation.input!.asDeclared!.explained).toBeGreaterThan(0.99);
    expect(explanation.next).toHaveLength(faults.length);
    expect(explanation.next.join()).toContain('boardInput.channelOrder: rgb');
  });

  test('right settings and the answer to a wrong input: it is called as if, and not blamed on the spec', async () => {
    const asked = await judged('4-right.hil.yaml', answer(settings['float_nchw_mean0_reorder210']!.softmax));

    const explanation = await explain(asked);

    expect(shown(explanation)).toEqual({ kind: 'as-if', faults: ['channels-swapped'] });
    expect(explanation.input!.asDeclared).toBeUndefined();
    expect(explanation.summary).toContain('as if red and blue exchanged');
  });

  test('an answer that no wrong input gives is told as unexplained', async () => {
    const asked = await judged('4-right.hil.yaml', answer([0.27, 0.73]));

    const explanation = await explain(asked);

    expect(explanation.cause).toBe('unknown');
    expect(shown(explanation)).toEqual({ kind: 'none', faults: [] });
    expect(explanation.format!.explains).toBe(false);
  });

  test('wrong settings and an answer that they do not give: the contradiction is certain, the cause is not', async () => {
    const asked = await judged('1-signed-bytes.hil.yaml', answer([0.999, 0.001]));

    const explanation = await explain(asked);

    expect(shown(explanation)).toEqual({
      kind: 'contradiction',
      faults: ['signed-bytes', 'channels-swapped'],
    });
  });

  test('a tolerance below the steps of float16: the format explains it', async () => {
    const asked = await judged('6-as-if-float32.hil.yaml', answer(settings['correct_bytes']!.softmax));
    const board = answer([0.9521484375, 0.04791259765625]);

    const explanation = await explain({ ...asked, board });

    expect(explanation.cause).toBe('format');
    expect(explanation.format).toMatchObject({ format: 'fp16', explains: true });
  });
});

test('an answer that is no number is not explained away', async () => {
  const asked = await judged('4-right.hil.yaml', answer([Number.NaN, 0.5]));

  const explanation = await explain(asked);

  expect(explanation.cause).toBe('unknown');
  expect(explanation.input).toBeUndefined();
  expect(explanation.next.join()).toContain('65504');
});

test('what time does not allow is left out and told', async () => {
  const asked = await judged('4-right.hil.yaml', answer([0.7, 0.3]));

  const explanation = await explain(asked, 0);

  expect(explanation.input!.leftOut).toBeGreaterThan(10);
  expect(explanation.remarks.join()).toContain('not tried');
});

test('a run that is called off ends the explanation', async () => {
  const asked = await judged('4-right.hil.yaml', answer([0.7, 0.3]));
  const reason = new Error('called off');

  const explaining = explainCase(asked, {
    engine,
    network: requestOf(asked.testCase, asked.prepared, engine).network,
    budgetMs: 60_000,
    signal: AbortSignal.abort(reason),
  });

  await expect(explaining).rejects.toBe(reason);
});

test('a model file that cannot be read leaves its settings unknown, and says so', async () => {
  const asked = await judged('4-right.hil.yaml', answer(settings['float_nchw_mean0_reorder210']!.softmax));

  const explanation = await explain({
    ...asked,
    boardModel: { path: asked.boardModel.path, bytes: Buffer.from('none') },
  });

  expect(shown(explanation)).toEqual({ kind: 'as-if', faults: ['channels-swapped'] });
  expect(explanation.remarks[0]).toContain('story.mean0-reorder012.rknn');
});
