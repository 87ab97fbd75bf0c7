import { axisOf, planesOf, type Operator } from './operator.ts';

/** Blocks of pixels into channels, as TensorFlow orders them. */
export const spaceToDepth: Operator = (context) => {
  const [across, down] = context.parameters('space2depth').integers('block_size', { length: 2, min: 1 });
  const from = context.input(0);
  const [n, c, h, w] = planesOf(context, from);
  const block = across!;
  if (across !== down || h % block !== 0 || w % block !== 0) {
    throw context.error(`makes channels of blocks of ${across}x${down} in a plane of ${w}x${h}`);
  }
  const attributes = { blocksize: { int: block } };
  const name = context.writer.node('SpaceToDepth', [from.name], `${context.wish}/depth`, attributes);
  return [{ ...from, name, shape: [n, c * block * block, h / block, w / block] }];
};

/** Channels into blocks of pixels: the inverse, or with channels first (`CRD`). */
export const depthToSpace: Operator = (context) => {
  const parameters = context.parameters('depth2space');
  const block = parameters.count('block_size', { min: 1 });
  const modes = { VSI_NN_DEPTH2SPACE_DCR: 'DCR', VSI_NN_DEPTH2SPACE_CRD: 'CRD' } as const;
  const mode = parameters.choice('mode', modes, 'DCR');
  const from = context.input(0);
  const [n, c, h, w] = planesOf(context, from);
  if (c % (block * block) !== 0) throw context.error(`makes blocks of ${block}x${block} of ${c} channels`);
  const attributes = { blocksize: { int: block }, mode: { string: mode } };
  const name = context.writer.node('DepthToSpace', [from.name], `${context.wish}/space`, attributes);
  return [{ ...from, name, shape: [n, c / (block * block), h * block, w * block] }];
};

/** Exchanges rows and columns of a grid whose rows are groups of channels. */
export const shuffleChannels: Operator = (context) => {
  const { writer, wish } = context;
  const parameters = context.parameters('shufflechannel');
  const from = context.input(0);
  const rank = from.shape.length;
  const axis = axisOf(context, parameters.number('axis', 2), rank);
  const groups = parameters.count('group_number', { min: 1 });
  const channels = from.shape[axis]!;
  if (channels % groups !== 0) throw context.error(`shuffles ${channels} channels in ${groups} groups`);
  const grid = [...from.shape.slice(0, axis), groups, channels / groups, ...from.shape.slice(axis + 1)];
  const order = [...grid.keys()].with(axis, axis + 1).with(axis + 1, axis);
  const apart = writer.node('Reshape', [from.name, writer.integers(`${wish}/grid`, grid)], `${wish}/apart`);
  const turned = writer.node('Transpose', [apart], `${wish}/turned`, { perm: { ints: order } });
  const together = writer.integers(`${wish}/shape`, from.shape);
  return [{ ...from, name: writer.node('Reshape', [turned, together], `${wish}/shuffled`) }];
};

/** Zeros around a tensor. */
export const pad: Operator = (context) => {
  const { writer, wish } = context;
  const parameters = context.parameters('pad');
  const from = context.input(0);
  const rank = from.shape.length;
  const modes = { VSI_NN_PAD_MODE_CONSTANT: 'constant' } as const;
  parameters.choice('mode', modes, 'constant');
  const zp = from.codes?.quantisation.kind === 'affine' ? from.codes.quantisation.zp : 0;
  if (parameters.number('const_val', 0) !== 0 || zp !== 0) {
    throw context.error('pads with another number than zero, or a tensor whose zero is not code 0');
  }
  const front = parameters.integers('front_size', { length: rank }).toReversed();
  const back = parameters.integers('back_size', { length: rank }).toReversed();
  const shape = from.shape.map((extent, axis) => extent + front[axis]! + back[axis]!);
  const name = writer.node(
    'Pad',
    [from.name, writer.integers(`${wish}/pads`, [...front, ...back])],
    `${wish}/padded`,
  );
  return [{ ...from, name, shape }];
};

/** Leaves out dimensions of extent 1. */
export const squeeze: Operator = (context) => {
  const { writer, wish } = context;
  const from = context.input(0);
  const listed = context.parameters('squeeze').integers('axis', { min: -16, fallback: [] });
  const axes = listed.map((axis) => axisOf(context, axis, from.shape.length));
  const gone = (extent: number, axis: number) => (axes.length === 0 ? extent === 1 : axes.includes(axis));
  if (axes.some((axis) => from.shape[axis] !== 1)) {
    throw context.error(`leaves out dimensions of ${from.shape.join('x')} that are not 1`);
  }
  const shape = from.shape.filter((extent, axis) => !gone(extent, axis));
  const kept = shape.length > 0 ? shape : [1];
  const name = writer.node(
    'Reshape',
    [from.name, writer.integers(`${wish}/shape`, kept)],
    `${wish}/squeezed`,
  );
  return [{ ...from, name, shape: kept }];
};
