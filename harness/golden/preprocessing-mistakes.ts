import type { Preprocess } from '../spec/schema.ts';
import { canonicalJson } from '../tensor/content-hash.ts';

/** A preprocessing that differs from the declared one by one usual mistake. */
export interface PreprocessingVariant {
  /** The difference in the spec's own words, e.g. `channelOrder rgb`. */
  readonly description: string;
  readonly preprocess: Preprocess;
}

type PerChannel = Preprocess['mean'];

/** The variants worth trying when a reference disagrees with what its author expects; the likeliest first. */
export function usualMistakes(declared: Preprocess): PreprocessingVariant[] {
  const { channelOrder, mean, std, resize } = declared;
  const swapped = channelOrder === 'bgr' ? 'rgb' : 'bgr';
  const listed = Array.isArray(mean) || Array.isArray(std);
  const reversed = { mean: reverse(mean), std: reverse(std) };
  const colour = channelOrder !== 'grey';

  const candidates: [description: string, change: Partial<Preprocess>, applies: boolean][] = [
    [`channelOrder ${swapped}`, { channelOrder: swapped }, colour],
    [
      `channelOrder ${swapped} and mean and std in reverse order`,
      { channelOrder: swapped, ...reversed },
      colour && listed,
    ],
    ['mean and std in reverse order', reversed, listed],
    ['mean 0', { mean: 0 }, true],
    ['std 1', { std: 1 }, true],
    ['mean 0 and std 1', { mean: 0, std: 1 }, true],
    ['mean and std applied twice', applyTwice(mean, std), true],
    ['mean 0 and std 255 (values in 0..1)', { mean: 0, std: 255 }, true],
    ['mean 127.5 and std 127.5 (values in -1..1)', { mean: 127.5, std: 127.5 }, true],
    [
      'mean and std times 255 (they are given for values in 0..1)',
      { mean: combine(mean, 255, multiply), std: combine(std, 255, multiply) },
      largest(mean) <= 1 && largest(std) <= 1,
    ],
    ...(['linear', 'area', 'cubic', 'nearest'] as const).map(
      (interpolation): (typeof candidates)[number] => [
        `resize.interpolation ${interpolation}`,
        resize === undefined ? {} : { resize: { ...resize, interpolation } },
        resize !== undefined,
      ],
    ),
  ];

  const seen = new Set([canonicalJson(declared)]);
  const variants: PreprocessingVariant[] = [];
  for (const [description, change, applies] of candidates) {
    const preprocess = { ...declared, ...change };
    const text = canonicalJson(preprocess);
    if (!applies || seen.has(text)) continue;
    seen.add(text);
    variants.push({ description, preprocess });
  }
  return variants;
}

/** ((x - m) / s - m) / s = (x - (m + m s)) / s². */
const applyTwice = (mean: PerChannel, std: PerChannel) => ({
  mean: combine(mean, combine(mean, std, multiply), (m, ms) => m + ms),
  std: combine(std, std, multiply),
});

const multiply = (a: number, b: number) => a * b;

/** Element by element; a single number stands for every channel. */
function combine(a: PerChannel, b: PerChannel, operation: (a: number, b: number) => number): PerChannel {
  if (Array.isArray(a)) return a.map((value, i) => operation(value, Array.isArray(b) ? b[i]! : b));
  if (Array.isArray(b)) return b.map((value) => operation(a, value));
  return operation(a, b);
}

const reverse = (values: PerChannel) => (Array.isArray(values) ? values.toReversed() : values);

const largest = (values: PerChannel) => Math.max(...[values].flat().map(Math.abs));
