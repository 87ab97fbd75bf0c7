import type { Pixels, Size } from '../pixels.ts';
import { scaleOf } from './axis.ts';

/** `cv2.INTER_NEAREST`, bit for bit: the source element at or before the target element's corner, not its centre. */
export function resizeNearest(source: Pixels, { width, height }: Size): Pixels {
  const { channels } = source;
  const columns = positions(source.width, width);
  const rows = positions(source.height, height);
  const data = new Uint8Array(width * height * channels);
  let write = 0;
  for (const row of rows) {
    const start = row * source.width;
    for (const column of columns) {
      const read = (start + column) * channels;
      for (let c = 0; c < channels; c++) data[write++] = source.data[read + c]!;
    }
  }
  return { width, height, channels, data };
}

function positions(sourceLength: number, targetLength: number): Int32Array {
  const scale = scaleOf(sourceLength, targetLength);
  return Int32Array.from({ length: targetLength }, (_, i) =>
    Math.min(Math.floor(i * scale), sourceLength - 1),
  );
}
