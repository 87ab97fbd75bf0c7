/** How far one list of values is from another of the same length. */
export interface ValueDistance {
  /** Root mean square of the difference over that of the first; 0 is equal, Infinity if only the first is all zero. */
  readonly relative: number;
  readonly maxAbs: number;
}

export function distanceOf(from: Float32Array, to: Float32Array): ValueDistance {
  let [squares, norm, maxAbs] = [0, 0, 0];
  for (let i = 0; i < from.length; i++) {
    const difference = to[i]! - from[i]!;
    squares += difference * difference;
    norm += from[i]! * from[i]!;
    maxAbs = Math.max(maxAbs, Math.abs(difference));
  }
  return { relative: squares === 0 ? 0 : Math.sqrt(squares / norm), maxAbs };
}
