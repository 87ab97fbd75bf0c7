import { z } from 'zod';

// The JSON description at the end of a .rknn file, as files of RKNN-Toolkit 1.3.0 to 1.7.5 have it. Objects are loose:
// keys that are not listed here are kept and written again.

const count = z.number().int().nonnegative();
/** Extents, fastest-varying first (NumPy's order reversed). */
const size = z.array(count).max(16);
const flag = z.union([z.literal(0), z.literal(1)]);

/** Element type and quantisation of a tensor, in the vendor's words. */
export const rknnDtypeSchema = z.looseObject({
  /** `VSI_NN_QNT_TYPE_NONE`, `..._DFP` (with `fl`) or `..._AFFINE_ASYMMETRIC` (with `scale` and `zero_point`). */
  qnt_type: z.string().startsWith('VSI_NN_QNT_TYPE_'),
  /** `VSI_NN_TYPE_FLOAT16`, `VSI_NN_TYPE_UINT8`, ... */
  vx_type: z.string().startsWith('VSI_NN_TYPE_'),
  fl: z.number().int().min(-128).max(127).optional(),
  scale: z.number().optional(),
  zero_point: z.number().int().optional(),
});
export type RknnDtype = z.infer<typeof rknnDtypeSchema>;

const nodeSchema = z.looseObject({
  /** `<name>_<uid>`. */
  lid: z.string(),
  name: z.string(),
  /** e.g. `VSI_NN_OP_CONV2D`. */
  op: z.string(),
  uid: z.number().int(),
  input_num: count,
  output_num: count,
});

const normTensorSchema = z.looseObject({
  tensor_id: count,
  size,
  dim_num: count,
  dtype: rknnDtypeSchema,
  /** The tensor's name; absent in files of old toolkits. */
  url: z.string().optional(),
});
export type RknnNormTensor = z.infer<typeof normTensorSchema>;

const constTensorSchema = z.looseObject({
  tensor_id: count,
  size,
  dim_num: count,
  dtype: rknnDtypeSchema,
  /** Bytes from the payload's start. */
  offset: count,
  len: count,
});

const virtualTensorSchema = z.looseObject({ node_id: count, output_port: count, dtype: rknnDtypeSchema });

const connectionSchema = z.looseObject({
  /** Index into `nodes`. */
  node_id: count,
  left: z.enum(['input', 'output']),
  left_tensor_id: count,
  right_tensor: z.looseObject({ type: z.enum(['norm_tensor', 'const_tensor']), tensor_id: count }).optional(),
  right_node: z.looseObject({ node_id: count, tensor_id: count }).optional(),
});

const graphSchema = z.looseObject({
  left: z.enum(['input', 'output']),
  /** Index of the model's input or output. */
  left_tensor_id: count,
  right: z.literal('norm_tensor'),
  right_tensor_id: count,
});

export const rknnTrailerSchema = z.looseObject({
  /** Upper case; absent before toolkit 1.3.2. */
  target_platform: z.array(z.string()).optional(),
  network_platform: z.string().optional(),
  ori_network_platform: z.string().optional(),
  /** Layout of the inputs: 0 is NCHW, 1 is NHWC. */
  input_fmt: flag.optional(),
  output_fmt: flag.optional(),
  input_transpose: flag.optional(),
  name: z.string().optional(),
  /** The toolkit that built the file, e.g. `1.7.5b1`. */
  version: z.string().optional(),
  ovxlib_version: z.string().optional(),
  optimization_level: z.number().int().optional(),
  optimization_level_version: z.number().int().optional(),
  /** Flat over all inputs; before toolkit 1.4.0 the last value of each input is one common divisor. */
  mean_value: z.array(z.number()).optional(),
  /** How `mean_value` splits over the inputs. */
  mean_value_chns: z.array(count).optional(),
  /** Flat over all inputs; absent in files of old toolkits. */
  std_value: z.array(z.number()).optional(),
  /** Flat over all inputs: `[0,1,2]` or `[2,1,0]` for each. */
  reorder: z.array(z.number().int()).optional(),
  pre_compile: flag.optional(),
  pre_compile_version: z.number().int().optional(),
  nodes: z.array(nodeSchema).optional(),
  norm_tensor: z.array(normTensorSchema),
  const_tensor: z.array(constTensorSchema).optional(),
  virtual_tensor: z.array(virtualTensorSchema).optional(),
  connection: z.array(connectionSchema).optional(),
  /** The only reliable way to tell inputs from outputs. */
  graph: z.array(graphSchema),
});
export type RknnTrailer = z.infer<typeof rknnTrailerSchema>;
