import { setTimeout } from 'node:timers/promises';
import type { Npu } from '../runners/virtual/npu.ts';
import { SimulatedBoard } from '../runners/virtual/container/simulated-board.ts';
import { fakeModel, FakeNpu } from '../runners/virtual/embedded/fake-npu.ts';
import type { BenchRow } from './bench-row.ts';
import { board, inputBytes, inputs, modelOf, outputBytes, runnerFor, sdk } from './board-workload.ts';

const boards = 8;
const casesPerBoard = 100;
const npuMs = 100;

/**
 * As many boards as are asked for, each with as many cases: from no connection at all to the last result. What is
 * measured is the harness; that the boards share one machine makes it no easier.
 */
export async function scaling(): Promise<BenchRow> {
  const simulated: SimulatedBoard[] = [];
  try {
    for (let number = 0; number < boards; number++) simulated.push(await startBoard(number));
    // A board that was used before, as nearly always.
    for (const one of simulated) await runCases(one, 1);
    const alone = await secondsOf(simulated.slice(0, 1));
    const together = await secondsOf(simulated);
    return {
      name: `${boards} boards, ${casesPerBoard} cases on each, an NPU that takes ${npuMs} ms, connecting included`,
      value: (boards * casesPerBoard) / together.seconds,
      unit: 'cases/s',
      peer: 'one board',
      peerValue: casesPerBoard / alone.seconds,
      ratio: (boards * alone.seconds) / together.seconds,
      aim: 'at least 7 times one board',
      note: `until the last of ${boards} is connected ${together.connected.toFixed(2)} s, of one ${alone.connected.toFixed(2)} s; all boards on this machine`,
    };
  } finally {
    await Promise.all(simulated.map((one) => one[Symbol.asyncDispose]()));
  }
}

const startBoard = (number: number): Promise<SimulatedBoard> =>
  SimulatedBoard.start({
    name: `bench-${number}`,
    image: 'debian',
    sdks: [sdk],
    npuFor: () => slow(new FakeNpu()),
  });

async function secondsOf(simulated: readonly SimulatedBoard[]) {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  let connected = 0;
  await Promise.all(
    simulated.map((one) => runCases(one, casesPerBoard, () => (connected = Math.max(connected, seconds())))),
  );
  return { seconds: seconds(), connected };
}

async function runCases(simulated: SimulatedBoard, cases: number, onConnected = (): void => undefined) {
  await using session = await runnerFor(simulated).open(board, sdk, {});
  await using model = await session.load(modelOf(fakeModel(inputBytes, outputBytes)), {});
  onConnected();
  for (let number = 0; number < cases; number++) await model.infer({ inputs, repeats: 1 }, {});
}

/** The same NPU, which takes its time for each run. */
function slow(npu: Npu): Npu {
  return {
    apiVersion: npu.apiVersion,
    driverVersion: npu.driverVersion,
    async init(model, print) {
      const context = await npu.init(model, print);
      return {
        inputs: context.inputs,
        outputs: context.outputs,
        setInputs: (given, log) => context.setInputs(given, log),
        async run(given, log) {
          const [result] = await Promise.all([context.run(given, log), setTimeout(npuMs)]);
          return { ...result, npuTimeUs: npuMs * 1000 };
        },
        layers: (given, log) => context.layers(given, log),
        [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
      };
    },
  };
}
