import { formatShape } from '../../../tensor/tensor.ts';
import { realWire, type Operator, type OperatorContext } from './operator.ts';

/** Arithmetic of two tensors, on real values. Extents of 1 repeat, as in NumPy. */
export const elementwise = (opType: string, scaleKey?: string): Operator => {
  return (context) => {
    const { writer, wish } = context;
    const shape = broadcast(context, context.input(0).shape, context.input(1).shape);
    const result = writer.node(opType, [context.real(0), context.real(1)], wish);
    const scale = scaleKey === undefined ? 1 : context.parameters(scaleKey).number('scale', 1);
    return [
      realWire(
        scale === 1 ? result : writer.node('Mul', [result, writer.scalar(scale)], `${wish}/scaled`),
        shape,
      ),
    ];
  };
};

/** The shape of an element-wise result. @throws {RknnImportError} If the shapes do not go together. */
export function broadcast(context: OperatorContext, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a, b].map((shape) => shape[axis - rank + shape.length] ?? 1) as [number, number];
    if (x !== y && x !== 1 && y !== 1) {
      throw context.error(`joins tensors of ${formatShape(a)} and ${formatShape(b)}`);
    }
    return x === 1 ? y : x;
  });
}
