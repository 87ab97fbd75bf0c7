import { readFileSync } from 'node:fs';
import type { NumericFormat } from '../../harness/tensor/quantisation.ts';

/** The built-in networks as the built-in suite feeds them. */
export const networks = {
  'two-class': { channelOrder: 'bgr', mean: 128, std: 1, classes: 2 },
  'ten-class': { channelOrder: 'rgb', mean: 127.5, std: 127.5, classes: 10 },
} as const;
export type NetworkName = keyof typeof networks;

export const formats = ['fp16', 'i16', 'u8', 'i8'] as const satisfies readonly NumericFormat[];
export type Format = (typeof formats)[number];

export const referenceFile = (network: NetworkName) => readFileSync(`specs/models/${network}.onnx`);
export const boardFile = (network: NetworkName, format: Format) =>
  readFileSync(`specs/models/${network}.${format}.rknn`);
export const pictureFolder = (network: NetworkName) => `specs/images/${network}`;
