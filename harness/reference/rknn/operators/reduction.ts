import { formatShape } from '../../../tensor/tensor.ts';
import { dtypeToOnnx } from '../../onnx/model.ts';
import { codeLimits } from '../wire.ts';
import { broadcast } from './elementwise.ts';
import { axisOf, realWire, type Operator } from './operator.ts';

const float32 = { to: { int: dtypeToOnnx('float32') } };
const float64 = { to: { int: dtypeToOnnx('float64') } };

/** Place of the largest value along an axis, which goes. */
export const argMax: Operator = (context) => {
  const { writer, wish } = context;
  const from = context.input(0);
  const axis = axisOf(context, context.parameters('argmax').number('axis'), from.shape.length);
  const attributes = { axis: { int: axis }, keepdims: { int: 0 } };
  const place = writer.node('ArgMax', [from.name], `${wish}/place`, attributes);
  const shape = from.shape.filter((_, other) => other !== axis);
  return [realWire(writer.node('Cast', [place], wish, float32), shape)];
};

const kinds = {
  VSI_NN_REDUCE_MEAN: 'ReduceSum',
  VSI_NN_REDUCE_SUM: 'ReduceSum',
  VSI_NN_REDUCE_MAX: 'ReduceMax',
  VSI_NN_REDUCE_MIN: 'ReduceMin',
} as const;

/** Mean, sum, largest or smallest value along axes. A mean is a sum with a smaller step. */
export const reduce: Operator = (context) => {
  const { writer, wish } = context;
  const parameters = context.parameters('reduce');
  const opType = parameters.choice('type', kinds);
  const from = context.input(0);
  const axes = parameters
    .integers('axis', { min: -16 })
    .map((axis) => axisOf(context, axis, from.shape.length));
  const keeps = parameters.flag('keep_dim');
  const shape = from.shape.flatMap((extent, axis) => (axes.includes(axis) ? (keeps ? [1] : []) : [extent]));
  const list = [...new Set(axes)].toSorted((a, b) => a - b);
  const attributes = { keepdims: { int: keeps ? 1 : 0 } };
  // Axes of ReduceSum are an input since opset 13, those of the others not before 18.
  const name =
    opType === 'ReduceSum'
      ? writer.node(opType, [from.name, writer.integers(`${wish}/axes`, list)], `${wish}/sum`, attributes)
      : writer.node(opType, [from.name], `${wish}/extreme`, { ...attributes, axes: { ints: list } });
  const count = list.reduce((product, axis) => product * from.shape[axis]!, 1);
  const isMean = parameters.is('type', 'VSI_NN_REDUCE_MEAN');
  return [{ name, shape, step: isMean ? from.step / count : from.step }];
};

/** Product of two matrices that are computed; each may be transposed. Whole numbers are summed exactly, in float64. */
export const matrixMultiply: Operator = (context) => {
  const { writer, wish } = context;
  const parameters = context.parameters('matrixmul');
  const turned = parameters.integers('transpose', { length: 2, fallback: [0, 0] });
  const [a, b] = [0, 1].map((port) => {
    const wire = context.input(port);
    const rank = wire.shape.length;
    if (rank < 2) throw context.error(`multiplies a tensor of ${formatShape(wire.shape)}`);
    if (turned[port] === 0) return wire;
    const perm = [...wire.shape.keys()].with(rank - 1, rank - 2).with(rank - 2, rank - 1);
    const name = writer.node('Transpose', [wire.name], `${wish}/turned`, { perm: { ints: perm } });
    return { ...wire, name, shape: perm.map((axis) => wire.shape[axis]!) };
  }) as [ReturnType<typeof context.input>, ReturnType<typeof context.input>];
  if (a.shape.at(-1) !== b.shape.at(-2)) {
    throw context.error(`multiplies ${formatShape(a.shape)} by ${formatShape(b.shape)}`);
  }
  const outer = broadcast(context, a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...outer, a.shape.at(-2)!, b.shape.at(-1)!];
  const step = a.step * b.step;
  const whole = [a, b].every(({ codes }) => codes && codeLimits(codes));
  if (!whole) return [{ name: writer.node('MatMul', [a.name, b.name], wish), shape, step }];
  const wide = [a, b].map(({ name }) => writer.node('Cast', [name], `${wish}/wide`, float64));
  const sums = writer.node('MatMul', wide, `${wish}/sums`);
  return [{ name: writer.node('Cast', [sums], wish, float32), shape, step }];
};
