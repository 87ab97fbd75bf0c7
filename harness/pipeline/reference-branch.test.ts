import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createGoldenCache } from '../golden/golden-cache.ts';
import { createGoldenProvider } from '../golden/golden-provider.ts';
import { createGoldenStore } from '../golden/golden-store.ts';
import { prepareInput } from '../input/prepare-input.ts';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import { loadSpecFile } from '../spec/load-spec-file.ts';
import { temporaryProject } from '../spec/temporary-project.ts';
import { obtainReference } from './reference-branch.ts';

const built = (path: string) => readFile(new URL(`../../specs/${path}`, import.meta.url));

test('names the mistake of the preprocessing when the real engine then gives what the author expects', async () => {
  // The network was trained on BGR; PyTorch's softmax for it is in specs/models/two-class.expected.json.
  const spec = JSON.stringify({
    name: 'swapped',
    model: { reference: 'net.onnx', board: 'net.rknn', format: 'fp16' },
    inputs: 'plum.png',
    preprocess: { resize: { width: 64, height: 64 }, channelOrder: 'rgb', mean: 128, layout: 'NCHW' },
    boardInput: { channelOrder: 'rgb', dtype: 'uint8', layout: 'NHWC' },
    expect: { softmax: [0.010043745, 0.98995626] },
    tolerance: 'fp16',
  });
  using place = temporaryProject({
    'a.hil.json': spec,
    'net.onnx': await built('models/two-class.onnx'),
    'net.rknn': '',
    'plum.png': await built('images/two-class/plum-2.png'),
  });
  const [testCase] = await loadSpecFile(place.path('a.hil.json'), place.project, () => Promise.reject());
  const engine = createOnnxRuntimeEngine();
  const goldens = createGoldenProvider({
    engine,
    store: createGoldenStore(place.project.goldenFolder),
    cache: createGoldenCache(join(place.project.stateFolder, 'cache')),
  });

  const reference = obtainReference(
    testCase!,
    await prepareInput(testCase!.input, testCase!.spec),
    { engine, goldens, update: false },
    {},
  );

  await expect(reference).rejects.toMatchObject({
    code: 'HIL_REFERENCE_DISAGREES',
    hint: expect.stringContaining('With channelOrder bgr the reference gives'),
  });
});
