import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';
import { expect, test } from 'vitest';
import { inspectFile } from './inspect-file.ts';

const folder = fileURLToPath(new URL('../../../shared/data/models/', import.meta.url));
const refused = 'rknn/toolkit2_v2.3.2_tiny.rknn';
const files = globSync('**/*.{rknn,onnx,prototxt,caffemodel}', { cwd: folder })
  .filter((file) => file !== refused)
  .toSorted();

test.skipIf(files.length === 0).each(files.length > 0 ? files : ['(../shared/data is absent)'])(
  'the real model file %s says what it holds',
  async (file) => {
    const inspection = await inspectFile(`${folder}${file}`, file);

    expect(Object.keys(inspection.layers)).not.toEqual([]);
    const ends = inspection.inputs.length * inspection.outputs.length;
    // Weights alone have no ends, but values.
    expect(inspection.kind === 'caffemodel' ? inspection.parameters : ends).toBeGreaterThan(0);
  },
);
