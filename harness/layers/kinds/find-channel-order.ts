import { squaredDifference, type Subject, type Trial } from './trial.ts';

/** Work for comparing every channel with every channel. */
const mostProducts = 1 << 23;

/** A permutation of the channels that makes the board's values the reference's. */
export function findChannelOrder(subject: Subject): Trial[] {
  const { reference, board, view } = subject;
  const { outer, channels, inner } = view;
  const pixels = outer * inner;
  const samples = Math.min(pixels, 32, Math.floor(mostProducts / channels ** 2));
  if (channels < 2 || samples < Math.min(pixels, 4)) return [];
  const signature = (values: Float32Array) => {
    const found = new Float32Array(channels * samples);
    for (let s = 0; s < samples; s++) {
      const pixel = Math.floor(((s + 0.5) * pixels) / samples);
      const start = Math.floor(pixel / inner) * channels * inner + (pixel % inner);
      for (let c = 0; c < channels; c++) found[c * samples + s] = values[start + c * inner]!;
    }
    return found;
  };
  const order = match(signature(reference), signature(board), channels, samples);
  const moved = order.reduce((count, from, c) => (from === c ? count : count + 1), 0);
  if (moved === 0) return [];

  const reordered = new Float32Array(reference.length);
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < channels; c++) {
      const from = (o * channels + order[c]!) * inner;
      reordered.set(reference.subarray(from, from + inner), (o * channels + c) * inner);
    }
  }
  return [
    {
      kind: 'channel-swap',
      parameters: 0,
      rest: squaredDifference(board, reordered),
      evidence: {
        channels,
        movedChannels: moved,
        ...Object.fromEntries(order.slice(0, 4).map((from, c) => [`channel${c}From`, from])),
      },
      what: `the channels stand in another order: ${nameOf(order)}`,
      lookAt:
        channels === 3
          ? 'reorder_channel and the order the picture is fed in (RGB or BGR): one swap too many or too few'
          : 'a concatenation, a shuffle or a grouped convolution before this point',
    },
  ];
}

/** For each channel of the board the nearest channel of the reference that no nearer pair has taken. */
function match(reference: Float32Array, board: Float32Array, channels: number, samples: number): number[] {
  const distance = (c: number, k: number): number => {
    let sum = 0;
    for (let s = 0; s < samples; s++) {
      const d = board[c * samples + s]! - reference[k * samples + s]!;
      sum += d * d;
    }
    return sum;
  };
  const nearest = Array.from({ length: channels }, (_, c) => {
    let best = distance(c, c);
    let at = c;
    for (let k = 0; k < channels; k++) {
      const found = distance(c, k);
      if (found < best) [best, at] = [found, k];
    }
    return { c, at, best };
  });
  const taken = new Set<number>();
  const order = Array.from({ length: channels }, () => -1);
  const late: number[] = [];
  for (const { c, at } of nearest.toSorted((a, b) => a.best - b.best)) {
    if (taken.has(at)) late.push(c);
    else {
      taken.add(at);
      order[c] = at;
    }
  }
  // Channels that look alike (dead ones, mostly) share out what is left.
  for (const c of late) {
    let best = Infinity;
    let at = -1;
    for (let k = 0; k < channels; k++) {
      if (taken.has(k)) continue;
      const found = distance(c, k);
      if (found < best || at === -1) [best, at] = [found, k];
    }
    taken.add(at);
    order[c] = at;
  }
  return order;
}

function nameOf(order: readonly number[]): string {
  const last = order.length - 1;
  if (order.every((from, c) => from === last - c)) {
    return order.length <= 3 ? `${order.join(' ')} (reversed, as BGR for RGB)` : 'reversed';
  }
  const shift = order[0]!;
  if (order.every((from, c) => from === (c + shift) % order.length)) return `all moved by ${shift}`;
  const moved = [...order.entries()].filter(([c, from]) => c !== from);
  const listed = moved.slice(0, 6).map(([c, from]) => `${c} shows ${from}`);
  return `${listed.join(', ')}${moved.length > 6 ? ` and ${moved.length - 6} more` : ''}`;
}
