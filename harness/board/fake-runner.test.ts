import { RunnerGoneError } from '../../runners/protocol/protocol-error.ts';
import { VendorStatusError } from '../../runners/protocol/vendor-status.ts';
import { describeRunner } from '../../runners/runner-contract.ts';
import { sha256Hex } from '../tensor/content-hash.ts';
import { notQuantised } from '../tensor/quantisation.ts';
import { tensor } from '../tensor/tensor.ts';
import type { BoardInput, BoardModel } from './session.ts';
import { FakeRunner, type FakeStep } from './fake-runner.ts';
import type { TensorAttribute } from './tensor-attribute.ts';

const attribute: TensorAttribute = {
  index: 0,
  name: 'x',
  shape: [1, 4],
  dtype: 'uint8',
  layout: 'NCHW',
  quantisation: notQuantised,
  sizeBytes: 4,
};

const inputOf = (...bytes: number[]): BoardInput => ({
  index: 0,
  bytes: Uint8Array.from(bytes),
  dtype: 'uint8',
  layout: 'NCHW',
  passThrough: false,
  sizeBytes: bytes.length,
});

const modelOf = (text: string): BoardModel => ({
  path: `${text}.rknn`,
  bytes: Buffer.from(text),
  sha256: sha256Hex(text),
});

describeRunner('fake', () => {
  const noModel = modelOf('no model');
  let nextRun: ((step: FakeStep) => void | Promise<void>) | undefined;
  const runner = new FakeRunner({
    network: {
      inputs: [attribute],
      outputs: [{ ...attribute, name: 'y' }],
      answer: ([input]) => [
        tensor(
          'uint8',
          [1, 4],
          input!.bytes.map((byte) => byte + 1),
        ),
      ],
    },
    before(step) {
      if (step.model?.sha256 === noModel.sha256) throw new VendorStatusError('rknn_init', -6, '');
      if (step.step !== 'run') return undefined;
      const happens = nextRun;
      nextRun = undefined;
      return happens?.(step);
    },
  });
  return Promise.resolve({
    runner,
    board: { name: 'a', runner: 'fake', chip: 'RK1808', tags: [], sdks: ['1.7.5'], simulated: true },
    sdk: '1.7.5',
    model: modelOf('model'),
    noModel,
    inputs: [inputOf(1, 2, 3, 4)],
    otherInputs: [inputOf(1, 2, 3, 5)],
    slowDown: () => Promise.resolve(void (nextRun = () => new Promise(() => {}))),
    crashNextRun: () =>
      Promise.resolve(
        void (nextRun = ({ endSession }) => {
          endSession();
          throw new RunnerGoneError('it was killed by SIGSEGV');
        }),
      ),
    deviceRunners: () => Promise.resolve(runner.openSessions),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});
