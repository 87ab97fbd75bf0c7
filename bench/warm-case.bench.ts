import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import type { Board } from '../harness/board/board.ts';
import type { BoardInput, BoardModel } from '../harness/board/session.ts';
import { createOnnxRuntimeEngine } from '../harness/reference/onnx-runtime-engine.ts';
import { connect } from '../runners/ssh/connect.ts';
import { SshRunner } from '../runners/ssh/ssh-runner.ts';
import { EmbeddedBoard } from '../runners/virtual/embedded/embedded-board.ts';
import { fakeModel, FakeNpu } from '../runners/virtual/embedded/fake-npu.ts';
import { createSimulatedNpu } from '../runners/virtual/npu/simulated-npu.ts';
import { personalities } from '../runners/virtual/npu/personality.ts';
import type { Npu } from '../runners/virtual/npu.ts';
import type { BenchRow } from './bench-row.ts';
import { openEcho, frameBytes, echoPrograms } from './echo-floor.ts';
import { median } from './median.ts';
import { type LoopbackSshd, startSshd } from './loopback-sshd.ts';
import { smallNetwork } from './small-network.ts';

// A warm case is one infer request with its answer, over the whole runner path: session, protocol, SSH, embedded board,
// simulated device runner. The floor is the same number of bytes each way over one resident exec channel of the same
// embedded server, and the time that the NPU took in these very cases.

const inputBytes = 3 * 224 * 224;
const shellRounds = 7;
const sdk = '1.7.5';
const board: Board = {
  name: 'bench',
  runner: 'virtual',
  chip: 'RK1808',
  tags: [],
  sdks: [sdk],
  simulated: true,
};

/** An NPU with a network on it. */
interface Workload {
  readonly npu: Npu;
  readonly model: Uint8Array;
  readonly outputBytes: number;
  readonly rounds: number;
}

export async function run(): Promise<BenchRow[]> {
  const harsh: Workload = {
    npu: new FakeNpu(),
    model: fakeModel(inputBytes, 4000),
    outputBytes: 4000,
    rounds: 1500,
  };
  const { bytes: model, outputBytes } = await smallNetwork();
  const personality = personalities[sdk];
  const npu = createSimulatedNpu({ engine: createOnnxRuntimeEngine(), personality });
  const simulated: Workload = { npu, model, outputBytes, rounds: 300 };

  const rows: BenchRow[] = [];
  const aim = 'at most 1.3 times the floor';
  const peer = 'the same bytes over one resident exec channel, and the NPU’s own time';
  for (const [name, workload] of [
    ['warm case, 150 kB in, simulated NPU with a network of one convolution', simulated],
    ['warm case, 150 kB in, an NPU that takes no time', harsh],
  ] as const) {
    const { warm, floor } = await measure(workload);
    rows.push({ name, value: warm, unit: 'ms', peer, peerValue: floor, ratio: warm / floor, aim });
  }
  return [...rows, await againstShellLoop(rows.at(-1)!.value)];
}

async function measure({
  npu,
  model,
  outputBytes,
  rounds,
}: Workload): Promise<{ warm: number; floor: number }> {
  const npuTimes: number[] = [];
  await using embedded = await EmbeddedBoard.start({
    name: board.name,
    npu: timed(npu, npuTimes),
    programs: echoPrograms,
  });
  await using session = await new SshRunner(async () => embedded).open(board, sdk, {});
  await using loaded = await session.load(boardModel(model), {});
  await using connection = await connect(embedded.address, {});
  const request = new Uint8Array(inputBytes + frameBytes);
  const exchange = await openEcho(connection, request.length, outputBytes + frameBytes);

  const inputs = [declared(new Uint8Array(inputBytes).fill(3))];
  const infer = (): Promise<unknown> => loaded.infer({ inputs, repeats: 1 }, {});
  // Taken in turns, so that whatever else the machine does hits both alike.
  const [warm, bytes] = await medians([infer, () => exchange(request)], rounds);
  return { warm, floor: bytes + median(npuTimes.slice(-rounds)) };
}

function boardModel(bytes: Uint8Array): BoardModel {
  return { path: 'bench.rknn', sha256: createHash('sha256').update(bytes).digest('hex'), bytes };
}

const declared = (bytes: Uint8Array): BoardInput => ({
  index: 0,
  bytes,
  dtype: 'uint8',
  layout: 'NHWC',
  passThrough: false,
  sizeBytes: bytes.length,
});

/** The same NPU; notes how many milliseconds each run takes. */
function timed(npu: Npu, times: number[]): Npu {
  return {
    apiVersion: npu.apiVersion,
    driverVersion: npu.driverVersion,
    async init(model, print) {
      const context = await npu.init(model, print);
      return {
        inputs: context.inputs,
        outputs: context.outputs,
        setInputs: (inputs, log) => context.setInputs(inputs, log),
        async run(inputs, log) {
          const started = performance.now();
          const result = await context.run(inputs, log);
          times.push(performance.now() - started);
          return result;
        },
        layers: (inputs, log) => context.layers(inputs, log),
        [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
      };
    },
  };
}

/** Median milliseconds of each task, the tasks taken in turns, after a fifth as many rounds to warm up. */
async function medians<T extends readonly (() => Promise<unknown>)[]>(
  tasks: readonly [...T],
  rounds: number,
): Promise<{ [Task in keyof T]: number }> {
  const times = tasks.map(() => [] as number[]);
  for (let round = -rounds / 5; round < rounds; round++) {
    for (const [i, task] of tasks.entries()) {
      const started = performance.now();
      await task();
      if (round >= 0) times[i]!.push(performance.now() - started);
    }
  }
  return times.map(median) as { [Task in keyof T]: number };
}

/** The loop that people write: copy the input there, run a command, copy the output back. */
async function againstShellLoop(warm: number): Promise<BenchRow> {
  const row = {
    name: 'warm case, 150 kB in, an NPU that takes no time, against scp + ssh + scp with the OpenSSH client',
    value: warm,
    unit: 'ms',
    aim: 'at least 20 times faster',
  };
  const sshd = await startSshd();
  if ('missing' in sshd) return { ...row, note: `not measured: ${sshd.missing}` };
  await using server = sshd;
  const loop = await measureShellLoop(server);
  const note = 'the ratio says how many times faster';
  return { ...row, peer: 'shell loop, without an NPU', peerValue: loop, ratio: loop / warm, note };
}

async function measureShellLoop(server: LoopbackSshd): Promise<number> {
  const execute = promisify(execFile);
  const { options, port, target, folder } = server;
  const path = (name: string): string => `${folder}/${name}`;
  await server.write('input.bin', new Uint8Array(inputBytes));
  const times: number[] = [];
  for (let round = 0; round < shellRounds; round++) {
    const started = performance.now();
    await execute('scp', [...options, '-P', port, path('input.bin'), `${target}:${path('there.bin')}`]);
    const command = `head -c 4000 ${path('there.bin')} > ${path('out.bin')}`;
    await execute('ssh', [...options, '-p', port, target, command]);
    await execute('scp', [...options, '-P', port, `${target}:${path('out.bin')}`, path('back.bin')]);
    times.push(performance.now() - started);
  }
  return median(times);
}
