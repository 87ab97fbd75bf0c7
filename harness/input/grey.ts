import type { Pixels } from './pixels.ts';

/** Weights of ITU-R BT.601 in 1/32768, as OpenCV has them. */
const blueWeight = 3735;
const greenWeight = 19235;
const redWeight = 9798;

/**
 * `cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)`, bit for bit. Not `cv2.imread(path, cv2.IMREAD_GRAYSCALE)`, which for
 * colour files takes the decoding library's own luma: see docs/input.md.
 */
export function bgrToGrey({ width, height, data }: Pixels): Pixels {
  const grey = new Uint8Array(width * height);
  for (let i = 0, read = 0; i < grey.length; i++, read += 3) {
    const sum = data[read]! * blueWeight + data[read + 1]! * greenWeight + data[read + 2]! * redWeight;
    grey[i] = (sum + (1 << 14)) >> 15;
  }
  return { width, height, channels: 1, data: grey };
}

/** The one channel three times. */
export function greyToBgr({ width, height, data }: Pixels): Pixels {
  const bgr = new Uint8Array(data.length * 3);
  for (let i = 0, write = 0; i < data.length; i++, write += 3) {
    bgr.fill(data[i]!, write, write + 3);
  }
  return { width, height, channels: 3, data: bgr };
}
