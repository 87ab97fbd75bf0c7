import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { compareOutputs } from '../compare/compare.ts';
import { packageFolder } from '../harness-version.ts';
import { prepareInput } from '../input/prepare-input.ts';
import { requestOf } from '../pipeline/reference-branch.ts';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import { loadSpecFile } from '../spec/load-spec-file.ts';
import { temporaryProject } from '../spec/temporary-project.ts';
import { tensor, type NamedTensors } from '../tensor/tensor.ts';
import { explainCase } from './explain-case.ts';

const fixture = (name: string) =>
  new Uint8Array(readFileSync(resolve(packageFolder, 'harness/reference/rknn/fixtures', name)));
const { float, formats } = JSON.parse(new TextDecoder().decode(fixture('answers.json'))) as {
  readonly float: readonly number[];
  readonly formats: { readonly i8: { readonly prob: readonly number[] } };
};
const engine = createOnnxRuntimeEngine();
const answer = (values: readonly number[]): NamedTensors =>
  new Map([['prob', tensor('float32', [1, 5], Float32Array.from(values))]]);

/** A case whose board runs a file of the vendor's layout and answered as told. */
async function explain(board: NamedTensors) {
  const place = temporaryProject({
    'small.onnx': fixture('small.onnx'),
    'small.png': fixture('small.png'),
    'small.rknn': fixture('small_i8.rknn'),
    'small.hil.json': JSON.stringify({
      name: 'small',
      model: { reference: 'small.onnx', board: 'small.rknn', format: 'i8' },
      inputs: 'small.png',
      preprocess: { channelOrder: 'rgb', mean: 128, layout: 'NCHW' },
      boardInput: { channelOrder: 'rgb', dtype: 'uint8', layout: 'NHWC' },
      tolerance: { atol: 1e-4 },
    }),
  });
  onTestFinished(() => place[Symbol.dispose]());
  const [testCase] = await loadSpecFile(place.path('small.hil.json'), place.project, () =>
    Promise.reject(new Error('no module expected')),
  );
  const prepared = await prepareInput(testCase!.input, testCase!.spec);
  const golden = answer(float);
  return explainCase(
    {
      testCase: testCase!,
      sdk: '1.7.5',
      prepared,
      golden,
      board,
      comparison: compareOutputs(golden, board, { limits: testCase!.spec.limits }),
      boardModel: { path: place.path('small.rknn'), bytes: fixture('small_i8.rknn') },
    },
    { engine, network: requestOf(testCase!, prepared, engine).network, budgetMs: 60_000 },
  );
}

test('a board that answers as its file does adds nothing: the conversion explains all of it', async () => {
  const { cause, summary, format } = await explain(answer(formats.i8.prob));

  expect(cause).toBe('format');
  expect(summary).toMatch(/^the conversion explains 0\.\d+ nats .* of the 0\.\d+ nats .*; the board adds 0/);
  expect(format!.ofFile!.boardAdds).toBeLessThan(0.01 * format!.boardDistance + 0.002);
});

test('what a board does beyond its file is told as the board’s', async () => {
  const { format } = await explain(answer([0.05, 0.5, 0.4, 0.04, 0.01]));

  expect(format!.explains).toBe(false);
  expect(format!.ofFile!.boardAdds).toBeGreaterThan(2 * format!.distance);
});
