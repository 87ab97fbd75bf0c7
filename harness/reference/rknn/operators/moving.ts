import { elementCount, formatShape } from '../../../tensor/tensor.ts';
import { sameStorage, type Wire } from '../wire.ts';
import { axisOf, realWire, type Operator } from './operator.ts';

/** The same elements under another shape, which the file lists fastest first. */
export const reshape: Operator = (context) => {
  const { writer, wish } = context;
  const from = context.input(0);
  const size = context.parameters('reshape', 'reshape2').integers('size', { min: -1 });
  const total = elementCount(from.shape);
  // 0 is no dimension, and -1 takes what is left.
  const given = size.filter((extent) => extent !== 0).toReversed();
  const known = elementCount(given.map(Math.abs));
  const shape = given.map((extent) => (extent === -1 ? total / known : extent));
  if (elementCount(shape) !== total || given.filter((extent) => extent === -1).length > 1) {
    throw context.error(`reshapes ${formatShape(from.shape)} to ${formatShape(given)}`);
  }
  const target = writer.integers(`${wish}/shape`, shape);
  return [{ ...from, name: writer.node('Reshape', [from.name, target], `${wish}/reshaped`), shape }];
};

/** Axes in another order. */
export const permute: Operator = (context) => {
  const from = context.input(0);
  const rank = from.shape.length;
  const order = context.parameters('permute').integers('perm');
  if (order.toSorted((a, b) => a - b).join() !== [...from.shape.keys()].join()) {
    throw context.error(`permutes a tensor of ${rank} dimensions by [${order.join(', ')}]`);
  }
  const perm = Array.from({ length: rank }, (_, axis) => rank - 1 - order[rank - 1 - axis]!);
  const name = context.writer.node('Transpose', [from.name], `${context.wish}/permuted`, {
    perm: { ints: perm },
  });
  return [{ ...from, name, shape: perm.map((axis) => from.shape[axis]!) }];
};

/** Tensors one after another along an axis; inputs of other formats than the first are taken as real values. */
export const concat: Operator = (context) => {
  const { writer, wish, node } = context;
  const wires = node.inputs.map((_, port) => context.input(port));
  const [first] = wires;
  if (!first) throw context.error('joins no tensors');
  const axis = axisOf(context, context.parameters('concat').number('axis'), first.shape.length);
  const rest = ({ shape }: Wire) => formatShape(shape.with(axis, 1));
  const odd = wires.find((wire) => wire.shape.length !== first.shape.length || rest(wire) !== rest(first));
  if (odd) throw context.error(`joins tensors of ${formatShape(first.shape)} and ${formatShape(odd.shape)}`);
  const shape = first.shape.with(
    axis,
    wires.reduce((sum, wire) => sum + wire.shape[axis]!, 0),
  );
  const attributes = { axis: { int: axis } };
  if (wires.every(({ codes }) => first.codes && codes && sameStorage(codes, first.codes))) {
    const names = wires.map(({ name }) => name);
    return [{ ...first, name: writer.node('Concat', names, `${wish}/joined`, attributes), shape }];
  }
  const names = wires.map((_, port) => context.real(port));
  return [realWire(writer.node('Concat', names, `${wish}/joined`, attributes), shape)];
};

/** What goes in comes out. */
export const pass: Operator = (context) => [context.input(0)];
