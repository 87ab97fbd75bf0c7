import type { InputShift } from '../../harness/accept/input-shift.ts';
import { hodgesLehmann } from '../../harness/accept/statistics/signed-rank.ts';
import { slopeThroughOrigin } from '../../harness/accept/statistics/slope.ts';
import { studentTwoSided } from '../../harness/accept/statistics/student-t.ts';
import { seededRandom } from './random.ts';

const confidence = 0.99;
const resamples = 2000;

/** Ways to say whether the scale of the logits changed; each as "0 is outside of the 99 % interval". */
export const methods: Readonly<Record<string, (inputs: readonly InputShift[]) => boolean>> = {
  'jackknife, effective inputs (used)': (inputs) =>
    (slopeThroughOrigin(inputs, confidence)?.p ?? 1) < 1 - confidence,
  'jackknife, all inputs': (inputs) => {
    const slope = slopeThroughOrigin(inputs, confidence);
    if (slope === undefined || slope.value === 0) return false;
    return studentTwoSided(slope.value / slope.standardError, inputs.length - 1) < 1 - confidence;
  },
  'bootstrap (BCa) over inputs': (inputs) => {
    const [low, high] = bca(inputs);
    return low > 0 || high < 0;
  },
  'signed rank (Hodges-Lehmann)': (inputs) => {
    const { low, high } = hodgesLehmann(
      inputs.map(({ xx, xd }) => xd / Math.sqrt(xx)),
      confidence,
    );
    return low > 0 || high < 0;
  },
};

/** Efron's bias-corrected and accelerated bootstrap of the least-squares slope, inputs drawn with replacement. */
function bca(inputs: readonly InputShift[]): [number, number] {
  const random = seededRandom(inputs.length);
  const slopeOf = (chosen: readonly InputShift[]) => {
    let [xx, xd] = [0, 0];
    for (const input of chosen) {
      xx += input.xx;
      xd += input.xd;
    }
    return xd / xx;
  };
  const slope = slopeOf(inputs);
  const drawn = Array.from({ length: resamples }, () =>
    slopeOf(Array.from(inputs, () => inputs[Math.floor(random() * inputs.length)]!)),
  ).sort((a, b) => a - b);
  const below =
    drawn.filter((each) => each < slope).length + drawn.filter((each) => each === slope).length / 2;
  const bias = normalQuantile(Math.min(1 - 1e-9, Math.max(1e-9, below / resamples)));
  const left = inputs.map((_, i) => slopeOf(inputs.filter((_other, j) => j !== i)));
  const centre = left.reduce((sum, each) => sum + each, 0) / left.length;
  const cubes = left.reduce((sum, each) => sum + (centre - each) ** 3, 0);
  const squares = left.reduce((sum, each) => sum + (centre - each) ** 2, 0);
  const acceleration = squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
  const at = (probability: number) => {
    const z = bias + normalQuantile(probability);
    const share = normalProbability(bias + z / (1 - acceleration * z));
    return drawn[Math.min(resamples - 1, Math.max(0, Math.round(share * resamples)))]!;
  };
  return [at((1 - confidence) / 2), at((1 + confidence) / 2)];
}

/** With a million degrees of freedom Student's t is the normal distribution, to six digits. */
const normalProbability = (z: number): number => {
  const beyond = studentTwoSided(z, 1e6) / 2;
  return z < 0 ? beyond : 1 - beyond;
};

function normalQuantile(probability: number): number {
  let [low, high] = [-10, 10];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (normalProbability(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
