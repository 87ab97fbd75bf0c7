import { createHash } from 'node:crypto';
import type { Board } from '../harness/board/board.ts';
import type { BoardInput, BoardModel } from '../harness/board/session.ts';
import { SshRunner } from '../runners/ssh/ssh-runner.ts';
import type { SimulatedBoard } from '../runners/virtual/container/simulated-board.ts';

// What the boards in containers do while they are measured: 150 kB in, 4 kB out.

export const sdk = '1.7.5';
export const inputBytes = 3 * 224 * 224;
export const outputBytes = 4000;
export const board: Board = {
  name: 'bench',
  runner: 'ssh',
  chip: 'RK1808',
  tags: [],
  sdks: [sdk],
  simulated: true,
};

export const modelOf = (bytes: Uint8Array): BoardModel => ({
  path: 'bench.rknn',
  sha256: createHash('sha256').update(bytes).digest('hex'),
  bytes,
});

export const inputs: readonly BoardInput[] = [
  {
    index: 0,
    bytes: new Uint8Array(inputBytes).fill(3),
    dtype: 'uint8',
    layout: 'NHWC',
    passThrough: false,
    sizeBytes: inputBytes,
  },
];

export const runnerFor = (simulated: SimulatedBoard): SshRunner =>
  new SshRunner(() => Promise.resolve(simulated.target(sdk)));
