import { posix } from 'node:path';
import { connect } from '../runners/ssh/connect.ts';
import type { SimulatedBoard } from '../runners/virtual/container/simulated-board.ts';
import { fakeModel } from '../runners/virtual/embedded/fake-npu.ts';
import type { BenchRow } from './bench-row.ts';
import { echoOnBoard, npuClientOnBoard } from './board-floor.ts';
import { board, inputBytes, inputs, modelOf, outputBytes, runnerFor, sdk } from './board-workload.ts';
import { median } from './median.ts';

/** One infer request with its answer, over the whole runner path, against the floor under it. */
export async function warmCase(simulated: SimulatedBoard, folder: string): Promise<BenchRow> {
  await using connection = await connect(simulated.board.address, {});
  await using session = await runnerFor(simulated).open(board, sdk, {});
  const file = modelOf(fakeModel(inputBytes, outputBytes));
  await using model = await session.load(file, {});
  const exchange = await echoOnBoard(connection, folder, { inputBytes, outputBytes });
  const client = {
    model: posix.join(simulated.board.address.workFolder, 'cache', file.sha256),
    inputBytes,
  };
  const inferLocally = await npuClientOnBoard(connection, folder, client);
  const inferBarely = await npuClientOnBoard(connection, folder, { ...client, outputBytes });
  const tasks = [
    () => timeOf(() => model.infer({ inputs, repeats: 1 }, {})),
    () => timeOf(exchange),
    inferLocally,
    () => timeOf(inferBarely),
  ] as const;
  const times: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let round = -120; round < 600; round++) {
    for (const task of orders[(round + 120) % orders.length]!) {
      const ms = await tasks[task]();
      if (round >= 0) times[task].push(ms);
    }
  }
  const [warm, channel, standIn, bare] = times;
  const [value, floor] = [median(warm), median(channel) + median(standIn)];
  return {
    name: 'warm case, 150 kB in, board (c), an NPU that takes no time',
    value,
    unit: 'ms',
    peer: 'floor',
    peerValue: floor,
    ratio: value / floor,
    aim: 'at most 1.2 times the floor',
    note: [
      `the floor: the same bytes over one resident channel of the same sshd, ${median(channel).toFixed(2)} ms,`,
      `and the stand-in’s own time, called on the board, ${median(standIn).toFixed(2)} ms;`,
      `a bare program that does both at once takes ${median(bare).toFixed(2)} ms, ratio ${(value / median(bare)).toFixed(2)};`,
      `of the fastest tenths, which other work on the machine disturbs least: ${fast(warm).toFixed(2)} ms, floor`,
      `${fast(channel).toFixed(2)} + ${fast(standIn).toFixed(2)} ms, ratio ${(fast(warm) / (fast(channel) + fast(standIn))).toFixed(2)};`,
      `bare program ${fast(bare).toFixed(2)} ms, ratio ${(fast(warm) / fast(bare)).toFixed(2)}`,
    ].join(' '),
  };
}

/**
 * Taken in turns, so that whatever else the machine does hits all alike; and each as often after each other, since what
 * was done just before is still in the processor's caches.
 */
const orders = [
  [0, 1, 2, 3],
  [1, 3, 0, 2],
  [2, 0, 3, 1],
  [3, 2, 1, 0],
] as const;

/** A tenth of the values are not above it. */
const fast = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 10)]!;

async function timeOf(task: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await task();
  return performance.now() - started;
}
