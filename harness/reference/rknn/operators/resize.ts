import { planesOf, type Operator } from './operator.ts';

const kinds = {
  VSI_NN_INTERPOLATION_BILINEAR: 'linear',
  VSI_NN_INTERPOLATION_NEAREST_NEIGHBOR: 'nearest',
} as const;

/** Planes of another size: by a factor, or width and height. */
export const resize: Operator = (context) => {
  const { writer, wish } = context;
  const parameters = context.parameters('resize');
  const kind = parameters.choice('type', kinds);
  const from = context.input(0);
  const [n, c, h, w] = planesOf(context, from);
  const factor = parameters.number('factor', 0);
  const [width, height] =
    factor > 0
      ? [Math.floor(w * factor), Math.floor(h * factor)]
      : parameters.integers('size', { length: 2, min: 1 });
  const corners = parameters.flag('align_corners');
  const centres = parameters.flag('half_pixel_centers');
  const shape = [n, c, height!, width!];
  const attributes = {
    mode: { string: kind },
    coordinate_transformation_mode: {
      string: corners ? 'align_corners' : centres ? 'half_pixel' : 'asymmetric',
    },
    // Whole positions are cut off, unless corners or centres are aligned: then the nearer pixel counts.
    ...(kind === 'nearest'
      ? { nearest_mode: { string: corners || centres ? 'round_prefer_ceil' : 'floor' } }
      : {}),
  };
  const sizes = writer.integers(`${wish}/sizes`, shape);
  const name = writer.node('Resize', [from.name, '', '', sizes], `${wish}/resized`, attributes);
  const { codes, ...rest } = from;
  // Nearest neighbours are values of the format still; means of them are not.
  return [{ ...rest, ...(kind === 'nearest' && codes ? { codes } : {}), name, shape }];
};
