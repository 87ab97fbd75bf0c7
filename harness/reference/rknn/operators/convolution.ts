import { tensor } from '../../../tensor/tensor.ts';
import { elementCount, formatShape } from '../../../tensor/tensor.ts';
import type { AttributeValue } from '../../onnx/model.ts';
import { constantValues, realValues } from '../constant-values.ts';
import { exactSums } from '../exact-sums.ts';
import type { NodeParameters } from '../node-parameters.ts';
import { codeLimits, type Wire } from '../wire.ts';
import { planesOf, realWire, type Operator, type OperatorContext } from './operator.ts';
import { heightFirst, padsOf, placesOf, requireSpeltPadding, type Window } from './window.ts';

/** Convolution, also grouped and depthwise. Weights are [outputs, inputs per group, height, width] in NumPy's order. */
export const convolution: Operator = (context) => {
  const parameters = context.parameters('conv2d', 'grouped_conv2d', 'conv_relu');
  requireSpeltPadding(parameters);
  const [batch, channels, height, width] = planesOf(context, context.input(0));
  const stored = constantValues(context.constant(1)).shape;
  const multiplier = parameters.count('multiplier', { fallback: 0 });
  const group = multiplier > 0 ? channels : Math.max(1, parameters.count('group', { fallback: 1 }));
  if (stored.length !== 4 || channels % group !== 0) {
    throw context.error(
      `has weights of ${formatShape(stored)} in ${group} groups for an input of ${channels} channels`,
    );
  }
  const outputs = multiplier > 0 ? channels * multiplier : stored[0]!;
  const weightShape = [outputs, channels / group, stored[2]!, stored[3]!];
  // Depthwise weights are stored with their two channel extents in either order; the elements lie alike.
  checkWeights(context, stored, weightShape, multiplier > 0);
  if (outputs % group !== 0) throw context.error(`has ${outputs} outputs in ${group} groups`);
  checkCount(context, parameters, outputs);

  const window: Window = {
    kernel: [weightShape[2]!, weightShape[3]!],
    strides: heightFirst(parameters.integers('stride', { length: 2, min: 1 })),
    dilations: dilationsOf(parameters),
    pads: padsOf(parameters),
  };
  const shape = [batch, outputs, placesOf(height, window, 0), placesOf(width, window, 1)];
  const perOutput = elementCount(weightShape.slice(1));
  return [
    sumProducts(context, {
      shape,
      weightShape,
      channelOf: (index) => Math.floor(index / perOutput),
      opType: 'Conv',
      attributes: { ...attributesOf(window), group: { int: group } },
      from: context.input(0),
    }),
  ];
};

/**
 * Transposed convolution. Weights are stored as for a convolution, [outputs, inputs, height, width], where ONNX has the
 * inputs first. Of grouped ones only the depthwise is known to lie alike in both orders.
 */
export const deconvolution: Operator = (context) => {
  const parameters = context.parameters('deconv', 'deconvolution');
  requireSpeltPadding(parameters);
  const [batch, channels, height, width] = planesOf(context, context.input(0));
  const weights = constantValues(context.constant(1));
  const group = Math.max(1, parameters.count('group', { fallback: 1 }));
  const outputs = parameters.count('weights', { min: 1 });
  const depthwise = group > 1;
  if (depthwise && (group !== channels || group !== outputs)) {
    throw context.error(
      `has ${group} groups for ${channels} inputs and ${outputs} outputs, which is not supported`,
    );
  }
  const [, , rows = 1, columns = 1] = weights.shape;
  checkWeights(context, weights.shape, [outputs, channels / group, rows, columns], depthwise);
  const [more, wider] = heightFirst(parameters.integers('output_padding', { length: 2, fallback: [0, 0] }));
  const window: Window = {
    kernel: [rows, columns],
    strides: heightFirst(parameters.integers('stride', { length: 2, min: 1 })),
    dilations: [1, 1],
    pads: padsOf(parameters),
  };
  const extent = (size: number, axis: 0 | 1, extra: number) =>
    (size - 1) * window.strides[axis] +
    window.kernel[axis] -
    window.pads[axis] -
    window.pads[axis + 2]! +
    extra;
  const plane = rows * columns;
  const perInput = outputs / group;
  return [
    sumProducts(context, {
      shape: [batch, outputs, extent(height, 0, more), extent(width, 1, wider)],
      weightShape: [channels, perInput, rows, columns],
      // From [inputs, outputs] back to where a weight is stored.
      storedAt: depthwise
        ? undefined
        : (index) => {
            const [input, output] = [
              Math.floor(index / plane / outputs),
              Math.floor(index / plane) % outputs,
            ];
            return (output * channels + input) * plane + (index % plane);
          },
      channelOf: (index) => (depthwise ? Math.floor(index / plane) : Math.floor(index / plane) % outputs),
      opType: 'ConvTranspose',
      attributes: {
        ...attributesOf(window),
        group: { int: group },
        output_padding: { ints: [more, wider] },
      },
      from: context.input(0),
    }),
  ];
};

/** Every output sees every input: a convolution whose window is the whole input. */
export const fullyConnected: Operator = (context) => {
  const { writer, wish } = context;
  const parameters = context.parameters('fcl', 'fcl_relu');
  const from = context.input(0);
  const stored = constantValues(context.constant(1)).shape;
  const outputs = stored[0] ?? 0;
  const inputs = elementCount(stored.slice(1));
  checkCount(context, parameters, outputs);
  // The fastest-varying dimensions up to `axis` are one input; files leave it out where it is clear.
  const kept = [...from.shape];
  for (let size = 1; kept.length > 0 && size < inputs;) size *= kept.pop()!;
  const batch = elementCount(kept);
  if (stored.length < 2 || batch * inputs !== elementCount(from.shape)) {
    throw context.error(
      `has weights of ${formatShape(stored)}, which do not fit an input of ${formatShape(from.shape)}`,
    );
  }
  const columns = writer.integers(`${wish}/columns`, [batch, inputs, 1, 1]);
  const flat = writer.node('Reshape', [from.name, columns], `${wish}/flat`);
  const sums = sumProducts(context, {
    shape: [batch, outputs, 1, 1],
    weightShape: [outputs, inputs, 1, 1],
    channelOf: (index) => Math.floor(index / inputs),
    opType: 'Conv',
    attributes: {},
    from: { ...from, name: flat, shape: [batch, inputs, 1, 1] },
  });
  const shape = [...(kept.length > 0 ? kept : [batch]), outputs];
  const rows = writer.node('Reshape', [sums.name, writer.integers(`${wish}/rows`, shape)], `${wish}/rows`);
  return [{ ...sums, name: rows, shape }];
};

interface Products {
  readonly shape: readonly number[];
  readonly weightShape: readonly number[];
  /** Output channel that a weight counts for, by its place in `weightShape`. */
  readonly channelOf: (index: number) => number;
  /** Place of a weight in the file, by its place in `weightShape`; the same where absent. */
  readonly storedAt?: ((index: number) => number) | undefined;
  readonly opType: 'Conv' | 'ConvTranspose';
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly from: Wire;
}

/** In whole numbers where input and weights are, in float32 where not. */
function sumProducts(context: OperatorContext, products: Products): Wire {
  const { writer, wish, integers } = context;
  const { shape, weightShape, channelOf, storedAt, opType, attributes, from } = products;
  const ordered = (values: ArrayLike<number>) =>
    Float32Array.from(values, (value, index) => (storedAt ? values[storedAt(index)]! : value));
  const channels = shape[1]!;
  const weights = constantValues(context.constant(1));
  const hasBias = context.isConnected(2);
  const sum = (input: string, stored: string, bias: string | undefined, name: string) =>
    writer.node(opType, [input, stored, ...(bias === undefined ? [] : [bias])], name, attributes);
  if (hasBias && elementCount(context.constant(2).codes.shape) !== channels) {
    throw context.error(
      `has ${elementCount(context.constant(2).codes.shape)} biases for ${channels} outputs`,
    );
  }

  const limits = from.codes && codeLimits(from.codes);
  if (integers && weights.isInteger && limits && from.codes) {
    const step = from.step * weights.step;
    const zp = from.codes.quantisation.kind === 'affine' ? from.codes.quantisation.zp : 0;
    const name = exactSums(writer, {
      input: from.name,
      inputLimit: Math.max(...limits.map((limit) => Math.abs(limit - zp))),
      weights: ordered(weights.numbers),
      weightShape,
      channelOf,
      channels,
      bias: hasBias ? integerBias(context, step) : undefined,
      biasShape: [1, channels, ...shape.slice(2).map(() => 1)],
      sum,
      wish,
      refuse: (problem) => context.error(problem),
    });
    return { name, shape, step };
  }
  const values = (port: number) => {
    const real = realValues(context.constant(port));
    return port === 1 ? ordered(real.values) : real.values;
  };
  const real = (port: number, realShape: readonly number[]) =>
    writer.constant(`${wish}/${port === 1 ? 'weights' : 'bias'}`, tensor('float32', realShape, values(port)));
  const input =
    from.step === 1 ? from.name : writer.node('Mul', [from.name, writer.scalar(from.step)], `${wish}/input`);
  const bias = hasBias ? real(2, [channels]) : undefined;
  return realWire(sum(input, real(1, weightShape), bias, `${wish}/sums`), shape);
}

/** How far a bias may be off the scale of the sums it is added to; runtimes complain beyond this. */
const biasTolerance = 1e-5;

function integerBias(context: OperatorContext, step: number): Float32Array | Float64Array {
  const bias = constantValues(context.constant(2));
  if (!bias.isInteger) return Float64Array.from(bias.numbers, (value) => Math.round(value / step));
  if (!(Math.abs(bias.step / step - 1) <= biasTolerance)) {
    throw context.error(
      `has biases of scale ${bias.step}, but input scale times weight scale is ${step}: the file is damaged or was edited`,
    );
  }
  return bias.numbers;
}

function checkWeights(
  context: OperatorContext,
  stored: readonly number[],
  expected: readonly number[],
  anyOrder: boolean,
): void {
  const fits = anyOrder
    ? elementCount(stored) === elementCount(expected) &&
      stored[2] === expected[2] &&
      stored[3] === expected[3]
    : formatShape(stored) === formatShape(expected);
  if (fits) return;
  throw context.error(`has weights of ${formatShape(stored)} where ${formatShape(expected)} is expected`);
}

/** The file says the number of outputs twice. */
function checkCount(context: OperatorContext, parameters: NodeParameters, outputs: number): void {
  const announced = parameters.count('weights', { fallback: outputs });
  if (announced !== 0 && announced !== outputs) {
    throw context.error(`announces ${announced} outputs, but its weights are for ${outputs}`);
  }
}

/** Older files say 0 where they mean 1. */
const dilationsOf = (parameters: NodeParameters): [number, number] =>
  heightFirst(
    parameters.integers('dilation', { length: 2, fallback: [1, 1] }).map((each) => Math.max(1, each)),
  );

const attributesOf = ({ strides, dilations, pads }: Window): Record<string, AttributeValue> => ({
  strides: { ints: strides },
  dilations: { ints: dilations },
  pads: { ints: pads },
});
