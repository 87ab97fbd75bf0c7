import { tensor } from '../../../tensor/tensor.ts';
import { realValues } from '../constant-values.ts';
import { axisOf, realWire, type Operator, type OperatorContext } from './operator.ts';

/** gamma * (x - mean) / sqrt(variance + eps) + beta for each channel; the inputs are x, mean, variance, gamma, beta. */
export const batchNorm: Operator = (context) => {
  const { writer, wish } = context;
  const from = context.input(0);
  const epsilon = context.parameters('batch_norm').number('eps');
  const [mean, variance, gamma, beta] = [1, 2, 3, 4].map((port) => perChannel(context, port)) as [
    string,
    string,
    string,
    string,
  ];
  const inputs = [context.real(0), gamma, beta, mean, variance];
  return [
    realWire(writer.node('BatchNormalization', inputs, wish, { epsilon: { float: epsilon } }), from.shape),
  ];
};

/** The same with the mean and variance of each plane; the inputs are x, beta, gamma. */
export const instanceNorm: Operator = (context) => {
  const { writer, wish } = context;
  const from = context.input(0);
  const epsilon = context.parameters('instancenorm').number('eps');
  const inputs = [context.real(0), perChannel(context, 2), perChannel(context, 1)];
  return [
    realWire(writer.node('InstanceNormalization', inputs, wish, { epsilon: { float: epsilon } }), from.shape),
  ];
};

/** x over its Euclidean length along an axis, times a scale for each channel where one is connected. */
export const l2Normalise: Operator = (context) => {
  const { writer, wish } = context;
  const from = context.input(0);
  const rank = from.shape.length;
  const axis = axisOf(
    context,
    context.parameters('l2_normalize', 'l2normalizescale').number('axis', 2),
    rank,
  );
  const attributes = { axis: { int: axis }, p: { int: 2 } };
  const unit = writer.node('LpNormalization', [context.real(0)], wish, attributes);
  if (!context.isConnected(1)) return [realWire(unit, from.shape)];
  const { values } = realValues(context.constant(1));
  if (values.length !== from.shape[axis] && values.length !== 1) {
    throw context.error(`has ${values.length} scales for ${from.shape[axis]} channels`);
  }
  const shape = from.shape.map((_, other) => (other === axis ? values.length : 1));
  const scales = writer.constant(`${wish}/scales`, tensor('float32', shape, values));
  return [realWire(writer.node('Mul', [unit, scales], `${wish}/scaled`), from.shape)];
};

function perChannel(context: OperatorContext, port: number): string {
  const { values } = realValues(context.constant(port));
  const channels = context.input(0).shape[1] ?? 0;
  if (values.length !== channels) {
    throw context.error(`has ${values.length} numbers at input ${port} for ${channels} channels`);
  }
  return context.writer.constant(`${context.wish}/input${port}`, tensor('float32', [channels], values));
}
