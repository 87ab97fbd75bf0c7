import type { TensorStorage } from '../../harness/reference/npu-format/tensor-storage.ts';
import { loadModel } from '../../runners/virtual/npu/load-model.ts';
import { personalities, type SimulatedSdk } from '../../runners/virtual/npu/personality.ts';
import { boardFile, type Format, type NetworkName, networks } from './networks.ts';
import type { Deviation } from './simulated-stack.ts';

/** Two stacks, and what is true of them. */
export interface Condition {
  readonly name: string;
  /**
   * - `nothing`: whatever is found is a false alarm.
   * - `shift`: a systematic shift was put in.
   * - `change`: a real change without a systematic shift of known size; told, not counted.
   */
  readonly truth: 'nothing' | 'shift' | 'change';
  readonly baseline: Stack;
  readonly candidate: Stack;
  /** The change of the logits' scale, where it is known. */
  readonly trueScale?: number | undefined;
  /** One of the shifts that the aim speaks of. */
  readonly halfPercent?: boolean | undefined;
}

export interface Stack {
  readonly sdk: SimulatedSdk;
  readonly deviation: Deviation;
}

/** Log-odds of the published case: fp32 0.958134 / 0.041866, on the NPU 0.947266 / 0.052887. */
const storyOffset = Math.log(0.947266 / 0.052887) - Math.log(0.958134 / 0.041866);

/** Half a step to a step of fp16, relative: what another order of summation does to a layer's output at most. */
const jitter = 2 ** -11;

const plain: Stack = { sdk: '1.7.5', deviation: { kind: 'none' } };

const newPersonality: Condition = {
  name: 'personality 1.6.1 to 1.7.5',
  truth: 'change',
  baseline: { sdk: '1.6.1', deviation: { kind: 'none' } },
  candidate: plain,
};

export function conditionsFor(network: NetworkName, format: Format): Condition[] {
  const { rounded } = loadModel(boardFile(network, format), personalities['1.7.5'], () => undefined).own!
    .program;
  const logits = rounded.at(-2)!.tensor;
  const scaled = (amount: number): Stack => ({
    sdk: '1.7.5',
    deviation: { kind: 'fault', fault: { kind: 'scale', layer: logits, amount } },
  });
  const shifted = (name: string, deviation: Deviation): Condition => ({
    name,
    truth: 'shift',
    baseline: plain,
    candidate: { sdk: '1.7.5', deviation },
  });
  const scale = (amount: number): Condition => ({
    name: `logits x ${1 + amount}`,
    truth: 'shift',
    baseline: plain,
    candidate: scaled(amount),
    trueScale: amount,
    halfPercent: Math.abs(amount) === 0.005,
  });
  const offsets = Array.from({ length: networks[network].classes }, (_, label) =>
    label === 0 ? storyOffset : 0,
  );
  return [
    {
      name: 'nothing changed, board deterministic',
      truth: 'nothing',
      baseline: plain,
      candidate: plain,
      trueScale: 0,
    },
    {
      name: 'nothing changed, both boards noisy',
      truth: 'nothing',
      baseline: { sdk: '1.7.5', deviation: { kind: 'jitter', relative: jitter, seed: 1 } },
      candidate: { sdk: '1.7.5', deviation: { kind: 'jitter', relative: jitter, seed: 2 } },
      trueScale: 0,
    },
    scale(0.001),
    scale(0.005),
    scale(-0.005),
    scale(0.01),
    shifted(`class 0 moved by ${storyOffset.toFixed(3)} nats`, {
      kind: 'class-offset',
      layer: logits,
      amounts: offsets,
    }),
    ...formatChange(network, format, rounded[Math.floor(rounded.length / 2)]!.tensor),
    // In other formats these two personalities compute alike.
    ...(format === 'fp16' ? [newPersonality] : []),
  ];
}

const coarser: Readonly<Record<Format, Format>> = { fp16: 'u8', i16: 'u8', u8: 'i8', i8: 'u8' };

/** The layer in the middle gets the format that the converter gave it in another model of the same network. */
function formatChange(network: NetworkName, format: Format, layer: string): Condition[] {
  const other = coarser[format];
  const storage: TensorStorage | undefined = loadModel(
    boardFile(network, other),
    personalities['1.7.5'],
    () => undefined,
  ).own!.program.rounded.find(({ tensor }) => tensor === layer)?.storage;
  return storage === undefined
    ? []
    : [
        {
          name: `layer ${layer} in ${other}`,
          truth: 'change',
          baseline: plain,
          candidate: { sdk: '1.7.5', deviation: { kind: 'format', layer, storage } },
        },
      ];
}
