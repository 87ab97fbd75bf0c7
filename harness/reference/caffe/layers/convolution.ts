import { formatShape } from '../../../tensor/tensor.ts';
import type { Blob, LayerScope } from '../layer-scope.ts';
import type { Fields } from '../read-fields.ts';

const fields = {
  num_output: 'int',
  bias_term: 'bool',
  pad: 'ints',
  kernel_size: 'ints',
  stride: 'ints',
  dilation: 'ints',
  pad_h: 'int',
  pad_w: 'int',
  kernel_h: 'int',
  kernel_w: 'int',
  stride_h: 'int',
  stride_w: 'int',
  group: 'int',
  axis: 'int',
  force_nd_im2col: 'ignored',
  weight_filler: 'ignored',
  bias_filler: 'ignored',
  engine: 'ignored',
} as const;

type ConvolutionFields = Fields<typeof fields>;

/** The window's geometry, one number for each spatial axis. */
interface Geometry {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly pad: readonly number[];
  readonly dilation: readonly number[];
}

export const convolution = (scope: LayerScope): readonly Blob[] => convolve(scope, 'declared');

/** One filter for each channel, whatever `group` says. */
export const depthwiseConvolution = (scope: LayerScope): readonly Blob[] => convolve(scope, 'every-channel');

function convolve(scope: LayerScope, groups: 'declared' | 'every-channel'): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const declared = scope.read('convolution_param', fields);
  const [batch, channels] = leadingExtents(scope, shape);
  const group = groups === 'declared' ? (declared.group ?? 1) : channels;
  const outputs = outputsOf(scope, declared, channels, group);
  const geometry = geometryOf(scope, declared, shape.length - 2);
  const { kernel, stride, pad, dilation } = geometry;
  const constants = scope.weights([
    { part: 'weights', shape: [outputs, channels / group, ...kernel] },
    ...biasOf(declared, outputs),
  ]);
  const extents = kernel.map(
    (size, i) => Math.floor((shape[i + 2]! + 2 * pad[i]! - (dilation[i]! * (size - 1) + 1)) / stride[i]!) + 1,
  );
  if (extents.some((extent) => extent < 1)) {
    scope.refuse(
      `has a kernel of ${formatShape(kernel)}, which is larger than its input of ${formatShape(shape)}`,
    );
  }
  const output = scope.emit('Conv', [value, ...constants], attributesOf(geometry, group));
  return [{ value: output, shape: [batch, outputs, ...extents] }];
}

/** The transpose of a convolution: weights are [in][out / group][kernel]. */
export function deconvolution(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const declared = scope.read('convolution_param', fields);
  const [batch, channels] = leadingExtents(scope, shape);
  const { group = 1 } = declared;
  const outputs = outputsOf(scope, declared, channels, group);
  const geometry = geometryOf(scope, declared, shape.length - 2);
  const { kernel, stride, pad, dilation } = geometry;
  const constants = scope.weights([
    { part: 'weights', shape: [channels, outputs / group, ...kernel] },
    ...biasOf(declared, outputs),
  ]);
  const extents = kernel.map(
    (size, i) => stride[i]! * (shape[i + 2]! - 1) + dilation[i]! * (size - 1) + 1 - 2 * pad[i]!,
  );
  if (extents.some((extent) => extent < 1))
    scope.refuse(`has pad ${formatShape(pad)}, which leaves no output`);
  const output = scope.emit('ConvTranspose', [value, ...constants], attributesOf(geometry, group));
  return [{ value: output, shape: [batch, outputs, ...extents] }];
}

function leadingExtents(scope: LayerScope, shape: readonly number[]): readonly [number, number] {
  if (shape.length < 3) scope.refuse(`needs planes, but its input has ${shape.length} axes`);
  return [shape[0]!, shape[1]!];
}

function outputsOf(scope: LayerScope, declared: ConvolutionFields, channels: number, group: number): number {
  const { num_output: outputs = 0, axis = 1 } = declared;
  if (outputs < 1) scope.refuse('needs num_output, above 0');
  if (axis !== 1) scope.refuse(`has axis ${axis}; only channels on axis 1 are computed`);
  if (group < 1 || channels % group !== 0 || outputs % group !== 0) {
    scope.refuse(`has group ${group}, which does not divide its ${channels} channels into ${outputs}`);
  }
  return outputs;
}

const biasOf = ({ bias_term = true }: ConvolutionFields, outputs: number) =>
  bias_term ? [{ part: 'bias', shape: [outputs] }] : [];

function geometryOf(scope: LayerScope, declared: ConvolutionFields, axes: number): Geometry {
  const spread = (
    name: 'kernel_size' | 'stride' | 'pad' | 'dilation',
    [height, width]: readonly [number | undefined, number | undefined],
    fallback: number | undefined,
  ): readonly number[] => {
    const list = declared[name];
    const least = name === 'pad' ? 0 : 1;
    const values =
      height !== undefined || width !== undefined
        ? [height ?? fallback, width ?? fallback]
        : list.length > 1
          ? list
          : Array.from({ length: axes }, () => list[0] ?? fallback);
    if (values.length !== axes || !values.every((size) => size !== undefined && size >= least)) {
      scope.refuse(
        `needs ${name} for ${axes} axes, each at least ${least}; it has ${values.map((size) => size ?? 'none').join(', ')}`,
      );
    }
    return values as readonly number[];
  };
  return {
    kernel: spread('kernel_size', [declared.kernel_h, declared.kernel_w], undefined),
    stride: spread('stride', [declared.stride_h, declared.stride_w], 1),
    pad: spread('pad', [declared.pad_h, declared.pad_w], 0),
    dilation: spread('dilation', [undefined, undefined], 1),
  };
}

const attributesOf = ({ kernel, stride, pad, dilation }: Geometry, group: number) => ({
  kernel_shape: { ints: kernel },
  strides: { ints: stride },
  pads: { ints: [...pad, ...pad] },
  dilations: { ints: dilation },
  group: { int: group },
});
