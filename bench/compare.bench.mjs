// How fast outputs are compared, against the same metrics in NumPy in the same run. Run after `npm run build`:
//   node bench/compare.bench.mjs
// HIL_BENCH_PYTHON names a Python that has NumPy; python3 by default.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { compareOutputs } from '../dist/harness/compare/compare.js';
import { findUnseenFaults } from '../dist/harness/compare/inject-faults.js';
import { judge } from '../dist/harness/compare/judge.js';
import { floatsToHalves, halvesToFloats } from '../dist/harness/tensor/half.js';
import { encodeNpy } from '../dist/harness/tensor/npy.js';
import { tensor } from '../dist/harness/tensor/tensor.js';

/** @typedef {import('./bench-row.ts').BenchRow} BenchRow */

const elements = 5_700_000;
const rounds = 9;
const warmUps = 3;

/** @returns {Promise<BenchRow[]>} */
export async function run() {
  const judging = judgementRows();
  return [await largeRow(), ...judging];
}

/** All metrics of 5.7 million float32. @returns {Promise<BenchRow>} */
async function largeRow() {
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
    ).outputs[0];

  const folder = await mkdtemp(join(tmpdir(), 'hil-bench-compare-'));
  try {
    await writeFile(join(folder, 'golden.npy'), encodeNpy(tensor('float32', shape, golden)));
    await writeFile(join(folder, 'board.npy'), encodeNpy(tensor('float32', shape, board)));
    const numpy = await startNumpy([join(folder, 'golden.npy'), join(folder, 'board.npy')]);
    for (let i = 0; i < warmUps; i++) compare();
    const ours = [];
    const theirs = [];
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

/** A thousand classes. @returns {BenchRow[]} */
function judgementRows() {
  // Several pictures in turn: one alone would be learnt by heart by the processor's branch predictor.
  const cases = Array.from({ length: 16 }, (_, seed) => {
    const random = uniform(seed + 1);
    const golden = softmax(Float32Array.from({ length: 1000 }, () => (random() + random() + random()) * 6));
    // As an fp16 board answers: log-odds 5 % smaller, a little noise, and everything rounded to fp16.
    const noisy = softmax(golden.map((value) => Math.log(value) * 0.95 + 0.01 * random()));
    const output = (values) => new Map([['prob', tensor('float32', [1, 1000], values)]]);
    return { golden: output(golden), board: output(halvesToFloats(floatsToHalves(noisy))) };
  });
  const limits = { preset: 'fp16' };
  const judgement = perCall(cases, ({ golden, board }) => judge(compareOutputs(golden, board, { limits })));
  const selfTest = perCall(cases, ({ golden, board }) =>
    findUnseenFaults(golden, board, cases[0].board, { limits }),
  );
  return [
    { name: 'judgement of a 1000-class softmax, warm', value: judgement, unit: 'us', aim: 'under 20' },
    { name: 'self-test of its tolerance', value: selfTest, unit: 'us', aim: 'under 1000' },
  ];
}

/** Median time of a call in microseconds, over batches of one call for each case. */
function perCall(cases, call) {
  const times = [];
  for (let batch = 0; batch < 1500; batch++) {
    const started = performance.now();
    for (const one of cases) call(one);
    times.push(((performance.now() - started) * 1e3) / cases.length);
  }
  return median(times.slice(500));
}

/** Starts the NumPy side, which measures once for every line it reads. */
async function startNumpy(files) {
  const python = process.env.HIL_BENCH_PYTHON ?? 'python3';
  const script = new URL('./compare_numpy.py', import.meta.url).pathname;
  const child = spawn(python, [script, ...files], { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  child.on('error', (error) => (errors += error.message));
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value: version, done } = await lines.next();
  if (done) return { missing: `${python} cannot run it (${errors.trim().split('\n').at(-1)})` };
  return {
    version,
    async measure() {
      child.stdin.write('\n');
      return JSON.parse((await lines.next()).value);
    },
    end: () => child.stdin.end(),
  };
}

/** A comparison of speed means nothing between different numbers. */
function requireSame({ metrics, checks }, theirs) {
  const ours = { ...metrics, used: checks.find(({ name }) => name === 'atol').used };
  for (const [name, value] of Object.entries(theirs)) {
    if (!(Math.abs(Number(ours[name]) - value) <= 1e-9 * Math.max(1, Math.abs(value)))) {
      throw new Error(`${name} is ${ours[name]} here and ${value} in NumPy`);
    }
  }
}

function softmax(logits) {
  const highest = logits.reduce((a, b) => Math.max(a, b));
  const powers = logits.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

/** Numbers in [0, 1) from a seed: a linear congruential generator, good enough to time with. */
function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const row of await run()) {
    const peer = row.peer
      ? `, ${row.peer} ${row.peerValue.toFixed(1)} ${row.unit}, ratio ${row.ratio.toFixed(1)}`
      : '';
    console.log(
      `${row.name}: ${row.value.toFixed(1)} ${row.unit}${peer}${row.aim ? ` (aim: ${row.aim})` : ''}`,
    );
    if (row.note) console.log(`  ${row.note}`);
  }
}
