// How fast outputs are compared, against the same metrics in NumPy in the same run. HIL_BENCH_PYTHON names a Python that has NumPy; python3 by default.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareOutputs } from '../harness/compare/compare.ts';
import { findUnseenFaults } from '../harness/compare/inject-faults.ts';
import type { OutputComparison } from '../harness/compare/comparison.ts';
import { judge } from '../harness/compare/judge.ts';
import { floatsToHalves, halvesToFloats } from '../harness/tensor/half.ts';
import { encodeNpy } from '../harness/tensor/npy.ts';
import { tensor } from '../harness/tensor/tensor.ts';
import type { BenchRow } from './bench-row.ts';
import { median } from './median.ts';
import { startNumpy } from './numpy-peer.ts';

const elements = 5_700_000;
const rounds = 9;
const warmUps = 3;

export async function run(): Promise<BenchRow[]> {
  const judging = judgementRows();
  return [await largeRow(), ...judging];
}

/** All metrics of 5.7 million float32. */
async function largeRow(): Promise<BenchRow> {
  const random = uniform(1808);
  const golden = Float32Array.from({ length: elements }, () => (random() + random() + random() - 1.5) * 4);
  const board = golden.map((value) => value * 0.99 + (random() - 0.5) * 4e-3);
  const shape = [1, 57, 100, 1000];
  const limits = { atol: 1e-3, rtol: 1e-2, minCosine: 0.99, maxUlp: 10_000 };
  const compare = () =>
    compareOutputs(
      new Map([['map', tensor('float32', shape, golden)]]),
      new Map([['map', tensor('float32', shape, board)]]),
      { limits },
    ).outputs[0]!;

  const folder = await mkdtemp(join(tmpdir(), 'hil-bench-compare-'));
  try {
    await writeFile(join(folder, 'golden.npy'), encodeNpy(tensor('float32', shape, golden)));
    await writeFile(join(folder, 'board.npy'), encodeNpy(tensor('float32', shape, board)));
    const numpy = await startNumpy(
      'compare_numpy.py',
      [join(folder, 'golden.npy'), join(folder, 'board.npy')],
      (line) => JSON.parse(line) as Answer,
    );
    for (let i = 0; i < warmUps; i++) compare();
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const started = performance.now();
      const output = compare();
      ours.push(performance.now() - started);
      if ('missing' in numpy) continue;
      const answer = await numpy.measure();
      theirs.push(answer.ms);
      requireSame(output, answer.metrics);
    }
    const value = median(ours);
    const row = {
      name: 'all metrics of 5.7 M float32',
      value,
      unit: 'ms',
      aim: 'at least 3 times as fast as NumPy',
    };
    if ('missing' in numpy) return { ...row, note: `not compared with NumPy: ${numpy.missing}` };
    numpy.end();
    const peerValue = median(theirs);
    return {
      ...row,
      peer: `NumPy ${numpy.version}`,
      peerValue,
      ratio: peerValue / value,
      note: 'ratio: how many times faster; medians of rounds taken in turn; both gave the same numbers',
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A thousand classes. */
function judgementRows(): BenchRow[] {
  // Several pictures in turn: one alone would be learnt by heart by the processor's branch predictor.
  const cases = Array.from({ length: 16 }, (_, seed) => {
    const random = uniform(seed + 1);
    const golden = softmax(Float32Array.from({ length: 1000 }, () => (random() + random() + random()) * 6));
    // As an fp16 board answers: log-odds 5 % smaller, a little noise, and everything rounded to fp16.
    const noisy = softmax(golden.map((value) => Math.log(value) * 0.95 + 0.01 * random()));
    const output = (values: Float32Array) => new Map([['prob', tensor('float32', [1, 1000], values)]]);
    return { golden: output(golden), board: output(halvesToFloats(floatsToHalves(noisy))) };
  });
  const limits = { preset: 'fp16' } as const;
  const judgement = perCall(cases, ({ golden, board }) => judge(compareOutputs(golden, board, { limits })));
  const selfTest = perCall(cases, ({ golden, board }) =>
    findUnseenFaults(golden, board, cases[0]!.board, { limits }),
  );
  return [
    { name: 'judgement of a 1000-class softmax, warm', value: judgement, unit: 'us', aim: 'under 20' },
    { name: 'self-test of its tolerance', value: selfTest, unit: 'us', aim: 'under 1000' },
  ];
}

/** Median time of a call in microseconds, over batches of one call for each case. */
function perCall<T>(cases: readonly T[], call: (one: T) => unknown): number {
  const times: number[] = [];
  for (let batch = 0; batch < 1500; batch++) {
    const started = performance.now();
    for (const one of cases) call(one);
    times.push(((performance.now() - started) * 1e3) / cases.length);
  }
  return median(times.slice(500));
}

interface Answer {
  readonly ms: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A comparison of speed means nothing between different numbers. */
function requireSame({ metrics, checks }: OutputComparison, theirs: Readonly<Record<string, number>>): void {
  const ours: Record<string, unknown> = {
    ...metrics,
    used: checks.find(({ name }) => name === 'atol')?.used,
  };
  for (const [name, value] of Object.entries(theirs)) {
    if (!(Math.abs(Number(ours[name]) - value) <= 1e-9 * Math.max(1, Math.abs(value)))) {
      throw new Error(`${name} is ${String(ours[name])} here and ${value} in NumPy`);
    }
  }
}

function softmax(logits: Float32Array): Float32Array {
  const highest = logits.reduce((a, b) => Math.max(a, b));
  const powers = logits.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

/** Numbers in [0, 1) from a seed: a linear congruential generator, good enough to time with. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
