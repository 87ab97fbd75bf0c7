import { axisOf, realWire, type Operator } from './operator.ts';

/** Softmax of `beta` times the values. */
export const softmax = (opType: 'Softmax' | 'LogSoftmax', key: string): Operator => {
  return (context) => {
    const { writer, wish } = context;
    const parameters = context.parameters(key);
    const { shape } = context.input(0);
    // Without an axis the graph library takes the channels of pictures, else the fastest-varying dimension.
    const axis = axisOf(context, parameters.number('axis', shape.length > 2 ? 2 : 0), shape.length);
    const beta = parameters.number('beta', 1);
    const value = context.real(0);
    const sharpened =
      beta === 1 ? value : writer.node('Mul', [value, writer.scalar(beta)], `${wish}/sharpened`);
    return [realWire(writer.node(opType, [sharpened], wish, { axis: { int: axis } }), shape)];
  };
};
