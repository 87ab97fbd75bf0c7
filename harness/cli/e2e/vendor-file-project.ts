import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { packageFolder } from '../../harness-version.ts';
import { type TemporaryProject, temporaryProject } from '../../spec/temporary-project.ts';
import { install } from './tiny-project.ts';

const fixture = (name: string) =>
  new Uint8Array(readFileSync(resolve(packageFolder, 'harness/reference/rknn/fixtures', name)));
const shared = (path: string) => new Uint8Array(readFileSync(resolve(packageFolder, '../shared/data', path)));

/** Why the published files cannot be tested here; undefined where they can. */
export const lacksPublishedFiles = existsSync(resolve(packageFolder, '../shared/data/models/rknn'))
  ? undefined
  : '../shared/data, which is not part of the repository, is absent';

const planes = { channelOrder: 'rgb', layout: 'NCHW' } as const;
const pixels = { channelOrder: 'rgb', dtype: 'uint8', layout: 'NHWC' } as const;

const spec = (name: string, declaration: object) => [
  `specs/${name}.hil.json`,
  JSON.stringify({ name, boardInput: pixels, ...declaration }),
];

const formats = ['u8', 'i8', 'i16', 'fp16'] as const;
/** The board `shifted` computes the last layer before the softmax wrong. */
const config = JSON.stringify({
  boards: [
    { name: 'virtual', kind: 'virtual' },
    { name: 'container', kind: 'container' },
    {
      name: 'shifted',
      kind: 'virtual',
      faults: { layer: { name: 'Fc_class_2', kind: 'scale', amount: 0.3 } },
    },
  ],
  board: 'virtual',
});

/**
 * A project whose board models are files in the vendor's layout, not our own: one small network in four formats.
 *
 * @param published - Also the vendor's SqueezeNet in u8 with its test picture, judged by the float SqueezeNet. The file
 *   was converted without mean and std, so the reference gets none either.
 */
export function vendorFileProject({ published = false } = {}): TemporaryProject {
  const files: Record<string, string | Uint8Array> = {
    'hil.config.yaml': config,
    'specs/small.onnx': fixture('small.onnx'),
    'specs/small.png': fixture('small.png'),
    ...Object.fromEntries(
      formats.map((format) => [`specs/small_${format}.rknn`, fixture(`small_${format}.rknn`)]),
    ),
    ...Object.fromEntries(
      formats.map((format) =>
        spec(`small-${format}`, {
          model: { reference: 'small.onnx', board: `small_${format}.rknn`, format },
          inputs: 'small.png',
          preprocess: { ...planes, mean: 128 },
          tolerance: format,
        }),
      ),
    ),
  };
  if (published) {
    Object.assign(files, {
      'specs/squeezenet.onnx': shared('models/onnx/squeezenet_v1.1_fp16.onnx'),
      'specs/squeezenet.rknn': shared('models/rknn/squeezenet_v1.1_u8_rv1109_toolkit1.7.1.rknn'),
      'specs/squeezenet.jpg': shared('images/timvx_squeezenet_test.jpg'),
      ...Object.fromEntries([
        spec('squeezenet', {
          model: { reference: 'squeezenet.onnx', board: 'squeezenet.rknn', format: 'u8' },
          inputs: 'squeezenet.jpg',
          preprocess: planes,
          tolerance: 'u8',
        }),
      ]),
    });
  }
  const place = temporaryProject(files);
  install(place);
  return place;
}
