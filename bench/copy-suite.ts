import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageFolder } from '../harness/harness-version.ts';

const pictures = ['apple-1.png', 'apple-3.png', 'apple-5.png', 'plum-2.png', 'plum-3.png', 'plum-5.png'];

/**
 * A project with one spec of the built-in suite: the two-class network in float16, with as many cases as are wanted and its
 * goldens stored.
 *
 * @returns The project's folder.
 */
export async function copySuite(folder: string, cases: number): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const name of ['two-class.onnx', 'two-class.fp16.rknn']) {
    await cp(join(packageFolder, 'specs/models', name), join(folder, name));
  }
  const inputs = Array.from({ length: cases }, (_, i) => ({
    file: pictures[i % pictures.length]!,
    name: `case-${i}`,
  }));
  for (const name of pictures)
    await cp(join(packageFolder, 'specs/images/two-class', name), join(folder, name));
  for (const [i, { file }] of inputs.entries()) {
    const golden = join(packageFolder, 'golden/two-class', file.replace('.png', ''));
    for (const extension of ['.json', '.npz'])
      await cp(golden + extension, join(folder, `golden/two-class/case-${i}${extension}`));
  }
  const spec = {
    name: 'bench',
    model: { reference: 'two-class.onnx', board: 'two-class.fp16.rknn', format: 'fp16' },
    inputs,
    preprocess: { resize: { width: 64, height: 64 }, channelOrder: 'bgr', mean: 128, layout: 'NCHW' },
    boardInput: { channelOrder: 'rgb', dtype: 'uint8', layout: 'NHWC' },
    tolerance: 'fp16',
  };
  await writeFile(join(folder, 'hil.config.yaml'), '');
  await writeFile(join(folder, 'bench.hil.json'), JSON.stringify(spec));
  return folder;
}
