import { z } from 'zod';
import { rknnDtypeSchema } from '../../../harness/reference/rknn-file/trailer.ts';

const layerSchema = z.strictObject({
  /** ONNX operators that are fused into the layer, in order. */
  ops: z.array(z.string()).min(1),
  /** Their indices among the nodes of the description. */
  nodes: z.array(z.number().int().nonnegative()).min(1),
  /** True: values only move, nothing is rounded. */
  moves: z.boolean(),
  outputs: z
    .array(
      z.strictObject({
        /** Name in the payload. */
        tensor: z.string(),
        /** Fastest-varying first, as everywhere in the description. */
        size: z.array(z.number().int().nonnegative()),
        dtype: rknnDtypeSchema,
      }),
    )
    .min(1),
});

/** What the simulated NPU needs beside the vendor's keys; under `hil_virtual` in the description. */
export const virtualSectionSchema = z.strictObject({
  /** The payload is a whole ONNX model whose constants are stored in the NPU's formats. */
  payload: z.literal('onnx'),
  schema: z.literal(1),
  /** In execution order. */
  layers: z.array(layerSchema),
  /** Initialisers of the payload that hold biases as float32. */
  float_biases: z.array(z.string()),
});
export type VirtualSection = z.infer<typeof virtualSectionSchema>;
export type VirtualLayer = VirtualSection['layers'][number];
