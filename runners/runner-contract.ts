import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Board } from '../harness/board/board.ts';
import type {
  BoardInput,
  BoardModel,
  BoardSession,
  InferRequest,
  Runner,
  SessionOptions,
} from '../harness/board/session.ts';
import { HilError } from '../harness/hil-error.ts';
import { bytesOf } from '../harness/tensor/dtype.ts';

/** A runner with all that its contract is tried on. Disposing it frees everything. */
export interface RunnerOnTrial extends AsyncDisposable {
  readonly runner: Runner;
  readonly board: Board;
  readonly sdk: string;
  /** A network that runs, with inputs for it; its outputs depend on the inputs. */
  readonly model: BoardModel;
  readonly inputs: readonly BoardInput[];
  /** The same inputs with other values. */
  readonly otherInputs: readonly BoardInput[];
  /** A file that is no model. */
  readonly noModel: BoardModel;
  /** A network with at least 10 MB of inputs and of outputs; its file should be large, too. */
  readonly large?: { readonly model: BoardModel; readonly inputs: readonly BoardInput[] };
  /** Makes the next runs take long, so that they can be interrupted. Hardware cannot be told to. */
  readonly slowDown?: () => Promise<void>;
  /** Makes the device runner die at its next run. */
  readonly crashNextRun?: () => Promise<void>;
  /** Device runners that are running on the board now. */
  readonly deviceRunners: () => Promise<number>;
  /** Files in the folder that belongs to the harness there, but for its cache of models and programs. */
  readonly strayFiles?: () => Promise<readonly string[]>;
}

export interface ContractOptions {
  /** Why it cannot be tried here. */
  readonly skip?: string | undefined;
  /** Limit for each test; for boards that are slow. */
  readonly timeoutMs?: number;
}

/** What every runner must do. Call it in a test file of the runner. */
export function describeRunner(
  name: string,
  makeRunner: () => Promise<RunnerOnTrial>,
  { skip: reason, timeoutMs }: ContractOptions = {},
): void {
  const trial = async (): Promise<RunnerOnTrial> => {
    const made = await makeRunner();
    onTestFinished(() => made[Symbol.asyncDispose]());
    return made;
  };
  const open = async (
    { runner, board, sdk }: RunnerOnTrial,
    options: SessionOptions = {},
  ): Promise<BoardSession> => {
    const session = await runner.open(board, sdk, options);
    onTestFinished(() => session[Symbol.asyncDispose]());
    return session;
  };
  const once = (inputs: readonly BoardInput[]): InferRequest => ({ inputs, repeats: 1 });

  describe(`the runner ${name}`, timeoutMs === undefined ? {} : { timeout: timeoutMs }, () => {
    beforeEach(({ skip }) => {
      if (reason !== undefined) skip(reason);
    });

    test('says which board and which SDK it has opened', async () => {
      const given = await trial();

      const session = await open(given);

      expect(session.identity).toMatchObject({ name: given.board.name, simulated: given.board.simulated });
      expect(session.identity.bootId).not.toBe('');
      expect(session.stack.name).toBe(given.sdk);
      expect(session.stack.api.text).toContain(given.sdk);
      expect(session.alive).toBe(true);
    });

    test('loads a network and describes its tensors', async () => {
      const given = await trial();
      const session = await open(given);

      const model = await session.load(given.model, {});

      expect(model.inputs.map(({ index }) => index)).toEqual(given.inputs.map(({ index }) => index));
      expect(model.outputs.length).toBeGreaterThan(0);
      expect(model.loadTimeUs).toBeGreaterThanOrEqual(0);
    });

    test('answers the same inputs with the same bytes, and other inputs with others', async () => {
      const given = await trial();
      const model = await (await open(given)).load(given.model, {});

      const first = await model.infer(once(given.inputs), {});
      const again = await model.infer(once(given.inputs), {});
      const other = await model.infer(once(given.otherInputs), {});

      expect(first.outputs.map(({ attribute }) => attribute)).toEqual(model.outputs);
      expect(hex(again)).toEqual(hex(first));
      expect(hex(other)).not.toEqual(hex(first));
    });

    test('tells time and checksum of every repeated run', async () => {
      const given = await trial();
      const model = await (await open(given)).load(given.model, {});

      const { runs } = await model.infer({ inputs: given.inputs, repeats: 4 }, {});

      expect(runs).toHaveLength(4);
      expect(new Set(runs.map(({ outputsCrc32 }) => outputsCrc32)).size).toBe(1);
      expect(runs.every(({ npuTimeUs = 0 }) => npuTimeUs > 0)).toBe(true);
    });

    test('gives the layers of a network', async () => {
      const given = await trial();
      const model = await (await open(given)).load(given.model, {});
      const names: string[] = [];

      for await (const layer of model.layers(once(given.inputs), {})) names.push(layer.name);

      expect(names.length).toBeGreaterThan(0);
      expect(new Set(names).size).toBe(names.length);
    });

    test('uploads a network once', async () => {
      const given = await trial();
      const first = await open(given);
      const uploaded = await first.load(given.model, {});
      await first[Symbol.asyncDispose]();

      const again = await (await open(given)).load(given.model, {});

      expect(uploaded.uploadedBytes).toBe(given.model.bytes.length);
      expect(again.uploadedBytes).toBe(0);
    });

    test('tells what it is doing', async () => {
      const given = await trial();
      const steps: string[] = [];
      const onProgress: SessionOptions['onProgress'] = ({ step }) =>
        void (steps.at(-1) === step || steps.push(step));

      const model = await (await open(given, { onProgress })).load(given.model, { onProgress });
      await model.infer(once(given.inputs), { onProgress });

      expect(steps).toEqual(['connect', 'upload', 'load', 'run']);
    });

    test('hands over what the board printed, once', async () => {
      const given = await trial();
      const session = await open(given);
      await session.load(given.model, {});

      await expect.poll(() => session.takeLog()).toContain('librknn_runtime version');
      expect(session.takeLog()).toBe('');
    });

    test('explains why a file is no model, and goes on', async () => {
      const given = await trial();
      const session = await open(given);

      await expect(session.load(given.noModel, {})).rejects.toMatchObject({
        code: 'HIL_VENDOR_MODEL_INVALID',
        owner: 'spec',
      });
      const model = await session.load(given.model, {});

      expect(session.alive).toBe(true);
      expect(model.outputs.length).toBeGreaterThan(0);
    });

    test('carries 10 MB in both directions', async ({ skip }) => {
      const given = await trial();
      const { large } = given;
      if (large === undefined) {
        skip('this runner has no large model');
        return;
      }
      const model = await (await open(given)).load(large.model, {});

      const { outputs } = await model.infer(once(large.inputs), {});

      expect(large.inputs[0]!.bytes.length).toBeGreaterThanOrEqual(10_000_000);
      expect(outputs[0]!.tensor.data.byteLength).toBeGreaterThanOrEqual(10_000_000);
    });

    test('unloads a network as often as asked', async () => {
      const given = await trial();
      const session = await open(given);
      for (let round = 0; round < 20; round++) {
        const model = await session.load(given.model, {});
        await model[Symbol.asyncDispose]();
        await model[Symbol.asyncDispose]();
      }

      expect(session.alive).toBe(true);
    });

    test('leaves the board free when a session is disposed, however often', async () => {
      const given = await trial();
      const session = await open(given);
      await session.load(given.model, {});

      await session[Symbol.asyncDispose]();
      await session[Symbol.asyncDispose]();

      expect(session.alive).toBe(false);
      expect(await given.deviceRunners()).toBe(0);
      expect((await given.strayFiles?.()) ?? []).toEqual([]);
    });

    test('leaves the board free when a run is interrupted', async ({ skip }) => {
      const given = await trial();
      if (given.slowDown === undefined) {
        skip('this board cannot be told to be slow');
        return;
      }
      const session = await open(given);
      const model = await session.load(given.model, {});
      await given.slowDown();
      const controller = new AbortController();
      const running = model.infer(once(given.inputs), { signal: controller.signal });

      setTimeout(() => controller.abort(new Error('interrupted')), 100);

      await expect(running).rejects.toThrow('interrupted');
      expect(session.alive).toBe(false);
      await session[Symbol.asyncDispose]();
      expect(await given.deviceRunners()).toBe(0);
      expect((await given.strayFiles?.()) ?? []).toEqual([]);
    });

    test('leaves no half of a file when an upload is interrupted', async ({ skip }) => {
      const given = await trial();
      const { large } = given;
      if (large === undefined) {
        skip('this runner has no large model');
        return;
      }
      const session = await open(given);
      const controller = new AbortController();
      const onProgress: SessionOptions['onProgress'] = ({ step, bytes }) => {
        if (step === 'upload' && bytes !== undefined) controller.abort(new Error('interrupted'));
      };

      const loading = session.load(large.model, { signal: controller.signal, onProgress });

      await expect(loading).rejects.toThrow('interrupted');
      await session[Symbol.asyncDispose]();
      expect((await given.strayFiles?.()) ?? []).toEqual([]);
      const again = await (await open(given)).load(large.model, {});
      expect(again.uploadedBytes).toBe(large.model.bytes.length);
    });

    test('opens nothing when its signal has aborted', async () => {
      const given = await trial();

      await expect(open(given, { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow(
        'too late',
      );
      expect(await given.deviceRunners()).toBe(0);
    });

    test('reports a device runner that dies, and opens the board again', async ({ skip }) => {
      const given = await trial();
      if (given.crashNextRun === undefined) {
        skip('this board cannot be told to crash');
        return;
      }
      const session = await open(given);
      const model = await session.load(given.model, {});
      await given.crashNextRun();

      const death = await model.infer(once(given.inputs), {}).catch((error: unknown) => error);
      await session[Symbol.asyncDispose]();
      const next = await (await open(given)).load(given.model, {});
      const { outputs } = await next.infer(once(given.inputs), {});

      expect(death).toBeInstanceOf(HilError);
      expect(death).toMatchObject({ code: 'HIL_RUNNER_GONE', owner: 'undecided' });
      expect(session.alive).toBe(false);
      expect(outputs.length).toBeGreaterThan(0);
    });
  });
}

const hex = ({
  outputs,
}: {
  outputs: readonly { tensor: { data: Parameters<typeof bytesOf>[0] } }[];
}): string[] => outputs.map(({ tensor }) => Buffer.from(bytesOf(tensor.data)).toString('hex'));
