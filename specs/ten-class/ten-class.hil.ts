import { defineSpec } from 'hil-harness';

// One network in every numeric format: a spec file in TypeScript may declare several specs.
const formats = ['fp16', 'u8', 'i8', 'i16'] as const;

export default defineSpec(
  formats.map((format) => ({
    name: `ten-class ${format}`,
    model: {
      reference: '../models/ten-class.onnx',
      board: `../models/ten-class.${format}.rknn`,
      format,
    },
    classes: '../models/ten-class.labels.txt',
    inputs: '../images/ten-class/*',
    preprocess: {
      resize: { width: 64, height: 64 },
      channelOrder: 'rgb',
      mean: 127.5,
      std: 127.5,
      layout: 'NCHW',
    },
    boardInput: { channelOrder: 'rgb', dtype: 'uint8', layout: 'NHWC' },
    expect: { softmax: '../models/ten-class.expected.json' },
    tolerance: format,
  })),
);
