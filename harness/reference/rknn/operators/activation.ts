import type { AttributeValue } from '../../onnx/model.ts';
import type { Wire } from '../wire.ts';
import { realWire, type Operator, type OperatorContext } from './operator.ts';

/** ReLU; what is a value of the input's format is one still. */
export const relu: Operator = (context) => {
  const from = context.input(0);
  return [{ ...from, name: context.writer.node('Relu', [from.name], `${context.wish}/relu`) }];
};

/** Values outside the limits become the limit. */
export const clip = (limitsOf: (context: OperatorContext) => readonly [number, number]): Operator => {
  return (context) => {
    const { writer, wish } = context;
    const { name, shape, step } = context.input(0);
    const [low, high] = limitsOf(context).map((limit) => writer.scalar(limit / step)) as [string, string];
    return [{ name: writer.node('Clip', [name, low, high], `${wish}/clip`), shape, step }];
  };
};

/** Computed on real values. */
export const pointwise = (
  opType: string,
  attributes: Readonly<Record<string, AttributeValue>> = {},
): Operator => {
  return (context) => {
    const { writer, wish } = context;
    return [realWire(writer.node(opType, [context.real(0)], wish, attributes), context.input(0).shape)];
  };
};

/** Negative values times a fixed slope. */
export const leakyRelu: Operator = (context) => {
  const slope = context.parameters('activation', 'leaky_relu').number('leaky_ratio');
  const from = context.input(0);
  const attributes = { alpha: { float: slope } };
  return [
    withoutCodes(from, context.writer.node('LeakyRelu', [from.name], `${context.wish}/leaky`, attributes)),
  ];
};

/** Negative values times a slope for each channel. */
export const parametricRelu: Operator = (context) => {
  const from = context.input(0);
  const slope = context.input(1);
  const channels = from.shape[1] ?? 1;
  const perChannel = slope.shape.filter((extent) => extent > 1).length <= 1;
  const { writer, wish } = context;
  const shaped =
    perChannel && slope.shape.length < from.shape.length && from.shape.length > 2
      ? writer.node(
          'Reshape',
          [context.real(1), writer.integers(`${wish}/channels`, [-1, ...from.shape.slice(2).map(() => 1)])],
          `${wish}/slopes`,
        )
      : context.real(1);
  if (perChannel && ![1, channels].includes(slope.shape.reduce((a, b) => a * b, 1))) {
    throw context.error(`has slopes of ${slope.shape.join('x')} for ${channels} channels`);
  }
  return [withoutCodes(from, writer.node('PRelu', [from.name, shaped], `${wish}/prelu`))];
};

/** x times sigmoid(x). */
export const swish: Operator = (context) => {
  const { writer, wish } = context;
  const parameters = context.parameters('swish');
  parameters.choice('type', { VSI_NN_SWISH: 'swish' }, 'swish');
  if (parameters.number('beta', 1) !== 1)
    throw parameters.error('sharpens the sigmoid by a beta other than 1');
  const value = context.real(0);
  const gate = writer.node('Sigmoid', [value], `${wish}/gate`);
  return [realWire(writer.node('Mul', [value, gate], wish), context.input(0).shape)];
};

/** a * tanh(b * x); both are 1 where the file says nothing. */
export const tanh: Operator = (context) => {
  const { writer, wish } = context;
  const parameters = context.parameters('tanh');
  const scaled = (from: string, by: number, name: string) =>
    by === 1 ? from : writer.node('Mul', [from, writer.scalar(by)], name);
  const inner = scaled(context.real(0), parameters.number('scale_b', 1), `${wish}/inner`);
  const outer = scaled(writer.node('Tanh', [inner], wish), parameters.number('scale_a', 1), `${wish}/outer`);
  return [realWire(outer, context.input(0).shape)];
};

const withoutCodes = ({ shape, step }: Wire, name: string): Wire => ({ name, shape, step });
