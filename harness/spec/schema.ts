import { z } from 'zod';
import { validRange } from 'semver';
import { toleranceSchema } from '../compare/tolerance.ts';
import { commandSchema } from './command.ts';
import { durationMs } from './duration-ms.ts';

const path = z.string().min(1);

const durationText = 'a duration such as 500ms, 30s or 2m';
const longestMs = 24 * 60 * 60_000;

const duration = z
  .string(durationText)
  .regex(/^\d+(\.\d+)?(ms|s|m)$/, durationText)
  // Timers hold no more than 24 days; nobody waits a day for one case.
  .refine((text) => durationMs(text) > 0 && durationMs(text) <= longestMs, 'between 1ms and 24 hours (1440m)')
  .describe('A duration with its unit: 500ms, 30s, 2m.');

const channelOrder = z
  .enum(['bgr', 'rgb', 'grey'])
  .describe('Order of the colour channels. OpenCV reads pictures as bgr; the vendor advises feeding rgb.');

const layout = z.enum(['NCHW', 'NHWC']).describe('Planes (NCHW) or interleaved pixels (NHWC).');

const perChannel = z.union([z.number(), z.array(z.number()).min(1)]);
const mean = perChannel.describe(
  'Subtracted from every pixel value (0..255): one number, or one for each channel in the tensor’s own order.',
);
const std = z
  .union([z.number().positive(), z.array(z.number().positive()).min(1)])
  .describe('Divides after the mean: one number, or one for each channel in the tensor’s own order.');

const pixels = z.number().int().positive().max(65_535);

const cropSchema = z.union([
  z.strictObject({
    x: z.number().int().nonnegative().describe('Left edge, in pixels of the picture.'),
    y: z.number().int().nonnegative().describe('Upper edge, in pixels of the picture.'),
    width: pixels.describe('In pixels of the picture.'),
    height: pixels.describe('In pixels of the picture.'),
  }),
  z.strictObject({
    centre: z
      .strictObject({
        width: pixels.describe('In pixels of the picture.'),
        height: pixels.describe('In pixels of the picture.'),
      })
      .describe('A rectangle of this size around the centre.'),
  }),
  z.literal('centre-square'),
]);

const resizeSchema = z.strictObject({
  width: pixels.describe('Width of the network’s input, in pixels.'),
  height: pixels.describe('Height of the network’s input, in pixels.'),
  mode: z
    .enum(['stretch', 'cover', 'letterbox'])
    .default('stretch')
    .describe(
      'stretch changes the aspect ratio; cover keeps it and cuts what overhangs; letterbox keeps it and pads.',
    ),
  interpolation: z
    .enum(['linear', 'nearest', 'area', 'cubic'])
    .default('linear')
    .describe('As cv2.INTER_LINEAR, INTER_NEAREST, INTER_AREA, INTER_CUBIC on 8-bit data.'),
  pad: z.number().int().min(0).max(255).default(0).describe('Grey level of the letterbox bars, 0..255.'),
});

/** How a picture becomes the reference engine's input. */
export const preprocessSchema = z.strictObject({
  alpha: z
    .enum(['refuse', 'drop'])
    .default('refuse')
    .describe('A picture with an alpha channel: refuse it, or drop the channel as cv2.imread does.'),
  grey: z
    .enum(['refuse', 'expand'])
    .default('refuse')
    .describe(
      'A grey picture where colour is needed: refuse it, or repeat it in three channels as cv2.imread does.',
    ),
  crop: cropSchema
    .optional()
    .describe(
      'Part of the picture that is cut out before the resize: a rectangle, a size around the centre, or the largest square there.',
    ),
  resize: resizeSchema.optional().describe('To the size of the network’s input, as cv2.resize does it.'),
  channelOrder,
  mean: mean.default(0),
  std: std.default(1),
  layout,
});
export type Preprocess = z.infer<typeof preprocessSchema>;

/** How the board's input buffer is made, and what the runtime is told about it. */
export const boardInputSchema = z.strictObject({
  channelOrder: channelOrder
    .optional()
    .describe('Order of the channels in the buffer; required for pictures.'),
  dtype: z
    .enum(['uint8', 'int8', 'int16', 'float16', 'float32', 'native'])
    .describe(
      'Element type of the buffer. native: quantised on the host to the type, scale and zero point of the model’s input, for passThrough.',
    ),
  layout,
  mean: mean
    .default(0)
    .describe(
      'Subtracted on the host before the buffer is handed over; the model file may subtract its own.',
    ),
  std: std.default(1).describe('Divides on the host, after the mean.'),
  rounding: z
    .enum(['nearest', 'truncate'])
    .default('nearest')
    .describe('How values become integers of the buffer’s dtype. The vendor’s runtime and demos truncate.'),
  passThrough: z
    .boolean()
    .default(false)
    .describe(
      'The runtime copies the bytes unchanged into the input tensor: no mean, no std, no reorder, no layout change.',
    ),
  declare: z
    .strictObject({
      dtype: z
        .enum(['uint8', 'int8', 'int16', 'float16', 'float32'])
        .optional()
        .describe('Element type that the runtime is told; boardInput.dtype by default.'),
      layout: layout.optional().describe('Layout that the runtime is told; boardInput.layout by default.'),
      sizeBytes: z
        .number()
        .int()
        .positive()
        .optional()
        .describe('Size of the buffer that the runtime is told, in bytes; the real one by default.'),
    })
    .default({})
    .describe(
      'What the runtime is told, where it shall differ from what the buffer is. Only useful to reproduce a mistake.',
    ),
});
export type BoardInputDeclaration = z.infer<typeof boardInputSchema>;

const inlineSoftmax = z.array(z.number().min(0).max(1)).min(2);

const expectSchema = z.strictObject({
  softmax: z
    .union([inlineSoftmax, path, z.record(z.string(), inlineSoftmax)])
    .describe(
      'The probabilities: inline, a file (.json, .npy, .npz), or a map from input name to probabilities.',
    ),
  output: z.string().optional().describe('Output that holds them; the only output where there is one.'),
  atol: z
    .number()
    .positive()
    .default(1e-3)
    .describe('How far the reference engine may be from them, absolute.'),
  source: z.string().optional().describe('Where the numbers come from, for the report.'),
});

const inputSchema = z.union([
  path.describe('A picture, a tensor file, or a glob of either.'),
  z.strictObject({
    file: path.describe('A picture or tensor file, or a glob.'),
    name: z
      .string()
      .min(1)
      .optional()
      .describe('Name of the case; the file name without extension by default.'),
    member: z.string().optional().describe('Array to take from an .npz file.'),
    dtype: z
      .enum(['float32', 'float16', 'float64', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool'])
      .optional()
      .describe('Element type of a raw .bin file.'),
    shape: z.array(z.number().int().positive()).min(1).optional().describe('Shape of a raw .bin file.'),
    softmax: inlineSoftmax.optional().describe('The softmax expected for this input.'),
  }),
]);

const linkSchema = z.strictObject({
  url: z.url().describe('Where it leads.'),
  name: z.string().optional().describe('Text of the link.'),
  type: z.string().optional().describe('Allure’s kind of link, e.g. issue or tms.'),
});

export const specSchema = z.strictObject({
  $schema: z.string().optional().describe('For editors; ignored.'),
  name: z
    .string()
    .min(1)
    .refine((text) => !/\p{Cc}/u.test(text), 'a name without line breaks and control characters')
    .describe('Name of the spec, unique in the project.'),
  description: z.string().optional().describe('What the spec is for, shown in reports.'),
  model: z
    .strictObject({
      reference: z
        .union([
          path,
          z.strictObject({
            prototxt: path.describe('A Caffe network’s description: the deploy prototxt.'),
            caffemodel: path.describe('Its binary weights.'),
          }),
        ])
        .describe(
          'The float network, computed on the host: an .onnx file, or a Caffe network’s prototxt and caffemodel.',
        ),
      board: z
        .union([
          path,
          z.strictObject({
            convert: path.describe(
              'Conversion settings (YAML): the file is made of the reference by the commands under `convert` in hil.config.yaml.',
            ),
            from: z
              .union([
                path,
                z.strictObject({
                  model: path.describe('The network’s description.'),
                  weights: path.describe('Its weights.'),
                }),
              ])
              .optional()
              .describe(
                'What is converted, where it is not the reference: a file such as .pb, .tflite or .pt, or a pair of `model` and `weights`.',
              ),
          }),
          z.record(z.string(), path),
        ])
        .describe(
          'The .rknn file: one path, a path with {sdk} in it, a map from SDK version to path, or `convert` with settings to make it with.',
        ),
      format: z
        .enum(['fp16', 'u8', 'i8', 'i16', 'hybrid'])
        .describe(
          'Numeric format the board’s model was built for: what `quantized_dtype` said, or fp16 without quantisation.',
        ),
    })
    .describe('The network, in two files: one for the host, one for the board.'),
  inputs: z
    .union([inputSchema, z.array(inputSchema).min(1)])
    .describe('What is fed: one input or a list. Every file is a case of its own.'),
  preprocess: preprocessSchema
    .optional()
    .describe('How a picture becomes the reference engine’s input; required for pictures.'),
  boardInput: boardInputSchema.describe(
    'How the buffer for the board is made of the same input, and what the runtime is told about it. May be left out where a command reads the input itself.',
  ),
  command: commandSchema
    .optional()
    .describe('A program of your own that runs the network on the board, instead of the device runner.'),
  classes: z
    .union([path, z.array(z.string().min(1)).min(2)])
    .optional()
    .describe('Names of the classes, for reports: a list, or a text file with one name on each line.'),
  golden: z
    .string()
    .regex(/^[\w.-]+(\/[\w.-]+)*$/, 'a relative folder name')
    .optional()
    .describe(
      'Folder under golden/ that holds the reference outputs; the reference model’s name by default.',
    ),
  sealBound: z
    .number()
    .positive()
    .max(0.1)
    .optional()
    .describe(
      'How far the reference engine with and without graph optimisations may be apart for a golden to be sealed, as a share of each output’s largest magnitude; 0.00001 by default. Networks that round inside (quantised ones) need more.',
    ),
  expect: expectSchema
    .optional()
    .describe(
      'What the author knows to be right. The reference is held against it before any board is blamed.',
    ),
  tolerance: toleranceSchema
    .optional()
    .describe(
      'How far the board may be off, for every output: a preset by name, or limits. Every limit that is set is in force.',
    ),
  outputs: z
    .record(
      z.string(),
      z.strictObject({
        kind: z
          .enum(['probabilities', 'logits', 'values'])
          .optional()
          .describe('What the values are; told from the golden by default.'),
        tolerance: toleranceSchema.optional().describe('Replaces the spec’s tolerance for this output.'),
      }),
    )
    .optional()
    .describe('What differs for single outputs, by name.'),
  board: z
    .strictObject({
      name: z.string().optional().describe('Only the board of this name.'),
      chip: z.string().optional().describe('Chip that must be on it, e.g. RK1808.'),
      tags: z.array(z.string()).optional().describe('Tags that the board must all have.'),
      sdk: z
        .string()
        .refine((range) => validRange(range) !== null, 'a range of versions such as ">=1.6.0 <1.8"')
        .optional()
        .describe('Range of SDK versions, e.g. ">=1.6.0 <1.8".'),
    })
    .default({})
    .describe('Which boards will do; any by default.'),
  repeats: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe('Runs of each case on the board; they must agree bit for bit.'),
  timeout: duration
    .default('60s')
    .describe('Longest time for a case on its board, connecting and upload included: 500ms, 30s, 2m.'),
  skip: z.string().min(1).optional().describe('Reason why this spec is not run.'),
  tags: z.array(z.string()).default([]).describe('For `hil run --tag`, and shown in reports.'),
  labels: z
    .record(z.string(), z.union([z.string(), z.array(z.string())]))
    .default({})
    .describe('Labels of the Allure report, e.g. epic, feature, story.'),
  owner: z.string().optional().describe('Who to ask, shown in reports.'),
  severity: z
    .enum(['blocker', 'critical', 'normal', 'minor', 'trivial'])
    .optional()
    .describe('Allure’s severity.'),
  links: z.array(linkSchema).default([]).describe('Links of the Allure report.'),
  knownIssue: z
    .strictObject({
      id: z.string().min(1).describe('Its number in the tracker.'),
      url: z.url().optional().describe('Its page in the tracker.'),
      reason: z.string().min(1).describe('Why the case fails, in a sentence.'),
    })
    .optional()
    .describe('A failure that is known: reported as such, still red.'),
});

type Input = z.input<typeof specSchema>;
/** What an author writes. `boardInput` may be left out beside a `command` that makes no buffer of it. */
export type SpecDeclaration = Omit<Input, 'boardInput'> & Partial<Pick<Input, 'boardInput'>>;
/** The same with defaults filled in. */
export type Spec = z.infer<typeof specSchema>;
