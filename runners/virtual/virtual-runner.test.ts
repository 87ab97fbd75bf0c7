import { expect, onTestFinished, test } from 'vitest';
import type { Board } from '../../harness/board/board.ts';
import type { Tensor } from '../../harness/tensor/tensor.ts';
import { describeRunner } from '../runner-contract.ts';
import { fakeModel, FakeNpu } from './embedded/fake-npu.ts';
import { VirtualRunner } from './virtual-runner.ts';
import { inputOf, modelOf } from '../trial-model.ts';

const board: Board = {
  name: 'virtual-1',
  runner: 'virtual',
  chip: 'RK1808',
  tags: [],
  sdks: ['1.7.5'],
  simulated: true,
};

const tenMegabytes = 10_000_000;

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describeRunner('virtual, on an embedded board', async () => {
  const runner = new VirtualRunner({ npuFor: () => new FakeNpu() });
  const embedded = await runner.boardOf(board, '1.7.5');
  return {
    runner,
    board,
    sdk: '1.7.5',
    model: modelOf(fakeModel(1000, 20)),
    inputs: [inputOf(new Uint8Array(1000).fill(7))],
    otherInputs: [inputOf(new Uint8Array(1000).fill(8))],
    noModel: modelOf(Buffer.from('this is no model')),
    large: {
      model: modelOf(fakeModel(tenMegabytes, tenMegabytes, tenMegabytes)),
      inputs: [inputOf(new Uint8Array(tenMegabytes))],
    },
    slowDown: () => embedded.setFaults({ run: { kind: 'hang', ms: 60_000 } }),
    crashNextRun: () => embedded.setFaults({ run: { kind: 'die', signal: 'SEGV', times: 1 } }),
    deviceRunners: async () => embedded.processes.running.filter(({ name }) => name === 'hil-npu-run').length,
    [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
  };
});

function virtualRunner(options: Partial<ConstructorParameters<typeof VirtualRunner>[0]> = {}): VirtualRunner {
  const runner = new VirtualRunner({ npuFor: () => new FakeNpu(), ...options });
  onTestFinished(() => runner[Symbol.asyncDispose]());
  return runner;
}

test('says of everything that it is simulated', async () => {
  const runner = virtualRunner();

  await using session = await runner.open(board, '1.7.5', {});

  expect(session.identity).toMatchObject({ chip: 'RK1808', simulated: true });
  expect(session.identity.kernel).toBe('Linux 4.4.194-virtual aarch64');
});

test('does not fetch a layer twice that the host holds, not even in another session', async () => {
  const runner = virtualRunner();
  const known = new Map<string, Tensor>();
  const layersOf = async (fill: number) => {
    await using session = await runner.open(board, '1.7.5', {});
    const model = await session.load(modelOf(fakeModel(1000, 20)), {});
    const request = { inputs: [inputOf(new Uint8Array(1000).fill(fill))], repeats: 1 };
    return (await collect(model.layers(request, { known }))).map(({ tensor }) => tensor);
  };

  const first = await layersOf(7);
  const again = await layersOf(7);
  const other = await layersOf(8);

  expect(again).toEqual(first);
  // Shared memory: nothing was sent.
  expect(again.every(({ data }, i) => data === first[i]!.data)).toBe(true);
  expect(other.some(({ data }, i) => data !== first[i]!.data)).toBe(true);
});

test('keeps one board for each name and SDK', async () => {
  const runner = virtualRunner();

  const boards = await Promise.all([
    runner.boardOf(board, '1.7.5'),
    runner.boardOf(board, '1.7.5'),
    runner.boardOf(board, '1.6.0'),
    runner.boardOf({ ...board, name: 'virtual-2' }, '1.7.5'),
  ]);

  expect(boards[1]).toBe(boards[0]);
  expect(new Set(boards.map(({ address }) => address.port)).size).toBe(3);
});

test('refuses to pass a simulated board off as hardware', async () => {
  const runner = virtualRunner();

  const opening = runner.open({ ...board, simulated: false }, '1.7.5', {});

  await expect(opening).rejects.toMatchObject({
    code: 'HIL_BOARD_SIMULATION',
    message: 'board virtual-1 is simulated, but the inventory says it is hardware',
  });
});

test('refuses a board that answers with another SDK', async () => {
  const runner = virtualRunner();

  const opening = runner.open(board, '1.6.0', {});

  await expect(opening).rejects.toMatchObject({
    code: 'HIL_BOARD_SDK',
    message: 'board virtual-1 answers with SDK 1.7.5, asked for was 1.6.0',
  });
});

test('gives back every model, connection and process', async () => {
  const npu = new FakeNpu();
  const runner = virtualRunner({ npuFor: () => npu });
  const session = await runner.open(board, '1.7.5', {});
  await session.load(modelOf(fakeModel(10, 10)), {});

  await session[Symbol.asyncDispose]();

  const embedded = await runner.boardOf(board, '1.7.5');
  expect(npu.openContexts).toBe(0);
  expect(embedded.processes.running).toEqual([]);
  await expect.poll(() => embedded.openConnections).toBe(0);
});

const faults = [
  [{ speech: 'garbage' }, 'HIL_PROTOCOL_GARBAGE', '"Welcome to Buildroot\\nLast login: never\\n"'],
  [{ speech: 'half-frame' }, 'HIL_PROTOCOL_CUT', 'in the middle of a frame'],
  [{ speech: 'wrong-version' }, 'HIL_PROTOCOL_VERSION', 'speaks versions 7 to 9'],
  [{ speech: 'silence' }, 'HIL_RUNNER_SILENT', 'did not answer hello within 200 ms'],
  [{ refuseConnections: true }, 'HIL_SSH_REFUSED', 'board virtual-1 (127.0.0.1:'],
  [{ closeEarly: true }, 'HIL_SSH_CLOSED_EARLY', 'closed the connection before the SSH handshake'],
  [{ changeHostKey: true }, 'HIL_SSH_HOST_KEY_CHANGED', 'it shows SHA256:'],
] as const;

test.each(faults)('explains the fault %j as %s', async (fault, code, message) => {
  const runner = virtualRunner({ faultsOf: () => fault, limits: { helloTimeoutMs: 200 } });

  const opening = runner.open(board, '1.7.5', {});

  await expect(opening).rejects.toMatchObject({
    code,
    owner: 'lab',
    message: expect.stringContaining(message),
  });
  const embedded = await runner.boardOf(board, '1.7.5');
  expect(embedded.processes.running).toEqual([]);
  await expect.poll(() => embedded.openConnections).toBe(0);
});

test('gives up a device runner that says nothing when its signal aborts, and leaves nothing running', async () => {
  const runner = virtualRunner({ faultsOf: () => ({ speech: 'silence' }) });
  const embedded = await runner.boardOf(board, '1.7.5');
  const controller = new AbortController();
  const opening = runner.open(board, '1.7.5', { signal: controller.signal });
  await expect.poll(() => embedded.processes.running.map(({ name }) => name)).toEqual(['hil-npu-run']);

  controller.abort(new Error('enough'));

  await expect(opening).rejects.toThrow('enough');
  expect(embedded.processes.running).toEqual([]);
});

test('explains a status of the vendor at a run, and leaves open who is to blame', async () => {
  const faultsOf = () => ({ run: { kind: 'vendor-status', status: -2, times: 1 } }) as const;
  const runner = virtualRunner({ faultsOf });
  await using session = await runner.open(board, '1.7.5', {});
  const model = await session.load(modelOf(fakeModel(10, 10)), {});
  const request = { inputs: [inputOf(new Uint8Array(10))], repeats: 1 };

  await expect(model.infer(request, {})).rejects.toMatchObject({
    code: 'HIL_VENDOR_TIMEOUT',
    owner: 'undecided',
  });
  const { outputs } = await model.infer(request, {});

  expect(outputs).toHaveLength(1);
});

test('says which signal killed the device runner', async () => {
  const faultsOf = () => ({ run: { kind: 'die', signal: 'SEGV' } }) as const;
  const runner = virtualRunner({ faultsOf });
  await using session = await runner.open(board, '1.7.5', {});
  const model = await session.load(modelOf(fakeModel(10, 10)), {});

  const running = model.infer({ inputs: [inputOf(new Uint8Array(10))], repeats: 1 }, {});

  await expect(running).rejects.toThrow('the device runner is gone: it was killed by SIGSEGV');
});

test('calls it a lost link when the connection breaks in the middle of a run', async () => {
  const runner = virtualRunner({ faultsOf: () => ({ dropAfterBytes: 100_000 }) });
  await using session = await runner.open(board, '1.7.5', {});
  const model = await session.load(modelOf(fakeModel(200_000, 10)), {});

  const running = model.infer({ inputs: [inputOf(new Uint8Array(200_000))], repeats: 1 }, {});

  await expect(running).rejects.toMatchObject({ code: 'HIL_SSH_LOST', owner: 'lab', retry: 'same-board' });
  expect(session.alive).toBe(false);
});

test('brings a model again when the board has damaged it since it was checked', async () => {
  const runner = virtualRunner();
  await using session = await runner.open(board, '1.7.5', {});
  const model = modelOf(fakeModel(10, 10));
  await (await session.load(model, {}))[Symbol.asyncDispose]();
  const embedded = await runner.boardOf(board, '1.7.5');
  embedded.files.write(`/userdata/hil/cache/${model.sha256}`, 0, Buffer.from('X'));

  const again = await session.load(model, {});

  expect(again.uploadedBytes).toBe(model.bytes.length);
});

test('lets the process end once it is disposed', async () => {
  const before = process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP'));
  const runner = virtualRunner();
  await runner.open(board, '1.7.5', {});

  await runner[Symbol.asyncDispose]();

  await expect
    .poll(() => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')))
    .toEqual(before);
});
