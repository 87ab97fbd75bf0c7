import type { Pixels, Size } from '../pixels.ts';
import { resizeBlocks, resizeCoverage } from './area.ts';
import { scaleOf } from './axis.ts';
import { resizeCubic } from './cubic.ts';
import { resizeLinear, resizeStraddling } from './linear.ts';
import { resizeNearest } from './nearest.ts';

export type Interpolation = 'linear' | 'nearest' | 'area' | 'cubic';

/**
 * `cv2.resize(source, (width, height), interpolation=...)` on 8-bit data, bit for bit; for `cubic` see docs/input.md.
 * The same pixels where the size is already right.
 */
export function resize(source: Pixels, target: Size, interpolation: Interpolation): Pixels {
  if (source.width === target.width && source.height === target.height) return source;
  switch (interpolation) {
    case 'nearest':
      return resizeNearest(source, target);
    case 'cubic':
      return resizeCubic(source, target);
    case 'linear': {
      const factor = wholeFactor(source, target);
      // OpenCV averages here: at exactly half the size, linear weights are those of the 2 x 2 mean.
      return factor?.width === 2 && factor.height === 2
        ? resizeBlocks(source, target, factor)
        : resizeLinear(source, target);
    }
    case 'area': {
      const factor = wholeFactor(source, target);
      if (factor) return resizeBlocks(source, target, factor);
      return target.width <= source.width && target.height <= source.height
        ? resizeCoverage(source, target)
        : resizeStraddling(source, target);
    }
  }
}

/** How many source pixels make a target pixel, if it is a whole number both ways. */
function wholeFactor(source: Size, target: Size): Size | undefined {
  const across = scaleOf(source.width, target.width);
  const down = scaleOf(source.height, target.height);
  const width = Math.round(across);
  const height = Math.round(down);
  const isWhole = Math.abs(across - width) < Number.EPSILON && Math.abs(down - height) < Number.EPSILON;
  return isWhole && width >= 1 && height >= 1 ? { width, height } : undefined;
}
