import type { Board } from '../board/board.ts';
import { BoardBroker } from '../board/broker/board-broker.ts';
import { BrokerLeases } from '../board/broker/broker-leases.ts';
import type { Target } from '../board/choose-target.ts';
import { FakeRunner, type FakeRunnerOptions, type FakeStep } from '../board/fake-runner.ts';
import type { TensorAttribute } from '../board/tensor-attribute.ts';
import { makeGolden } from '../golden/golden-manifest.ts';
import type { Golden } from '../golden/golden.ts';
import { type ErrorOwner, HilError, type RetryAdvice } from '../hil-error.ts';
import type { Case } from '../spec/case.ts';
import { loadSpecFile } from '../spec/load-spec-file.ts';
import { type TemporaryProject, temporaryProject } from '../spec/temporary-project.ts';
import { sha256Hex } from '../tensor/content-hash.ts';
import { elementsOf } from '../tensor/dtype.ts';
import { encodeNpy } from '../tensor/npy.ts';
import { notQuantised } from '../tensor/quantisation.ts';
import { type NamedTensors, tensor } from '../tensor/tensor.ts';
import { BoardCommands } from './board-commands.ts';
import { BoardModels } from './board-models.ts';
import { type CaseServices, PreviousOutputs } from './case-services.ts';
import { SessionPool } from './session-pool.ts';

/** What the fake network answers: its input, which is the softmax that the golden holds too. */
export const trialSoftmax = [0.75, 0.25] as const;

const attribute: TensorAttribute = {
  index: 0,
  name: 'prob',
  shape: [1, 2],
  dtype: 'float32',
  layout: 'NCHW',
  quantisation: notQuantised,
  sizeBytes: 8,
};

/** A network that gives back what it is fed, as `prob`. */
export const identityNetwork: FakeRunnerOptions['network'] = {
  inputs: [{ ...attribute, name: 'data' }],
  outputs: [attribute],
  answer: ([input]) => [tensor('float32', [1, 2], elementsOf('float32', input!.bytes.slice()))],
};

export const probabilities = (...values: readonly number[]): NamedTensors =>
  new Map([['prob', tensor('float32', [1, values.length], Float32Array.from(values))]]);

export const goldenOf = (outputs: NamedTensors): Golden =>
  makeGolden(
    {
      model: sha256Hex('the network'),
      input: sha256Hex('the input'),
      preprocess: sha256Hex('the preprocessing'),
      preprocessing: {},
      engine: { name: 'fake', version: '1.0.0' },
    },
    { bound: 1e-5, maxAbsDifference: 0 },
    outputs,
    { model: 'specs/net.onnx', input: 'specs/x.npy' },
  );

export const boardNamed = (name: string, changes: Partial<Board> = {}): Board => ({
  name,
  runner: 'fake',
  chip: 'RK1808',
  tags: [],
  sdks: ['1.7.5'],
  simulated: true,
  ...changes,
});

export const targetNamed = (name: string): Target => ({ board: boardNamed(name), sdk: '1.7.5' });

/** One case of a project of its own, with fakes of everything around it: it passes unless a test changes something. */
export interface TrialCase extends Disposable {
  readonly place: TemporaryProject;
  readonly testCase: Case;
  readonly runner: FakeRunner;
  readonly services: CaseServices;
  readonly broker: BoardBroker;
}

export async function trialCase({
  spec = {},
  runner: runnerOptions = {},
  services = {},
}: {
  readonly spec?: object;
  readonly runner?: Partial<FakeRunnerOptions>;
  readonly services?: Partial<CaseServices>;
} = {}): Promise<TrialCase> {
  const place = temporaryProject({
    'specs/net.onnx': 'the network',
    'specs/net.rknn': 'the board’s model',
    'specs/x.npy': encodeNpy(tensor('float32', [1, 2], Float32Array.from(trialSoftmax))),
    'specs/net.hil.json': JSON.stringify({
      name: 'net',
      model: { reference: 'net.onnx', board: 'net.rknn', format: 'fp16' },
      inputs: ['x.npy'],
      boardInput: { dtype: 'float32', layout: 'NCHW' },
      tolerance: { atol: 0.01 },
      ...spec,
    }),
  });
  const [testCase] = await loadSpecFile(place.path('specs/net.hil.json'), place.project, () =>
    Promise.reject(new Error('no module expected')),
  );
  const runner = new FakeRunner({ network: identityNetwork, ...runnerOptions });
  const sessions = new SessionPool(() => runner);
  const broker = new BoardBroker();
  return {
    broker,
    place,
    testCase: testCase!,
    runner,
    services: {
      run: '2026-01-05T21-04-00-5f1c',
      runFolder: place.path('.hil/runs/2026-01-05T21-04-00-5f1c'),
      stateFolder: place.path('.hil'),
      retries: 2,
      leases: new BrokerLeases({
        connect: (client) => broker.connect(client),
        closeIdle: (board) => sessions.drop(board),
      }),
      sessions,
      models: new BoardModels(),
      commands: new BoardCommands(),
      careOf: () => ({ bootBudgetMs: 1000 }),
      obtainGolden: () => Promise.resolve(goldenOf(probabilities(...trialSoftmax))),
      runCanary: () => Promise.reject(new Error('nobody needs the canary')),
      previousOutputs: new PreviousOutputs(),
      ...services,
    },
    [Symbol.dispose]: () => place[Symbol.dispose](),
  };
}

/** Trouble of any owner, with any advice. */
export class Trouble extends HilError {
  readonly code = 'HIL_TROUBLE';
  readonly owner: ErrorOwner;
  override readonly retry: RetryAdvice;

  constructor(message: string, owner: ErrorOwner, retry: RetryAdvice = 'never') {
    super(message, { hint: 'Look at it.' });
    this.owner = owner;
    this.retry = retry;
  }
}

/** Makes the first `times` steps of a kind fail. */
export const failing = (kind: FakeStep['step'], times: number, error: () => Error) => {
  let left = times;
  return ({ step }: FakeStep) => {
    if (step === kind && left-- > 0) throw error();
  };
};

/** Something that one side waits for until the other side opens it. */
export function gate<T = void>(): { readonly open: (value: T) => void; readonly opened: Promise<T> } {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => (open = resolve));
  return { open, opened };
}
