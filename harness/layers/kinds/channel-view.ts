import { elementCount } from '../../tensor/tensor.ts';

/** How a flat array falls apart into channels and pixels. */
export interface ChannelView {
  /** Flat index = (o * channels + c) * inner + i. */
  readonly outer: number;
  readonly channels: number;
  readonly inner: number;
  /** Height and width with their distances in the flat array; undefined where the tensor has none. */
  readonly plane?:
    | { readonly height: number; readonly width: number; readonly rowStride: number; readonly stride: number }
    | undefined;
}

/** @param channelAxis - Default: 1 from three dimensions on, the last one for two; no channels below. */
export function channelView(shape: readonly number[], channelAxis?: number): ChannelView {
  const axis = channelAxis ?? (shape.length >= 2 ? 1 : undefined);
  if (axis === undefined || !(axis >= 0 && axis < shape.length)) {
    return { outer: 1, channels: 1, inner: elementCount(shape) };
  }
  const channels = shape[axis]!;
  const inner = elementCount(shape.slice(axis + 1));
  const last = axis === shape.length - 1;
  const heightAxis = last ? axis - 2 : axis + 1;
  const view = { outer: elementCount(shape.slice(0, axis)), channels, inner };
  if (heightAxis < (last ? 1 : 0) || heightAxis + 1 >= shape.length) return view;
  const [height, width] = [shape[heightAxis]!, shape[heightAxis + 1]!];
  const stride = last ? channels : elementCount(shape.slice(heightAxis + 2));
  return { ...view, plane: { height, width, rowStride: stride * width, stride } };
}
