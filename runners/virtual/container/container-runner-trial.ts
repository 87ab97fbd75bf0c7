import { afterAll, describe } from 'vitest';
import type { Board } from '../../../harness/board/board.ts';
import { BoardTraces } from '../../board-traces.ts';
import { aarch64Programs, containerEngine, missing } from '../../machine-needs.ts';
import { describeRunner, type RunnerOnTrial } from '../../runner-contract.ts';
import { fakeModel, FakeNpu } from '../embedded/fake-npu.ts';
import type { BoardImage } from './board-image.ts';
import { ContainerRunner, type ContainerRunnerOptions } from './container-runner.ts';
import { inputOf, modelOf } from '../../trial-model.ts';

const tenMegabytes = 10_000_000;

/** What is common to the trials on one board: it stays, and is as new before each of them. */
class BoardOnTrial {
  readonly board: Board;
  readonly runner: ContainerRunner;

  constructor(image: BoardImage, options: Partial<ContainerRunnerOptions> = {}) {
    this.board = {
      name: `trial-${image}`,
      runner: 'container',
      chip: 'RK1808',
      tags: [],
      sdks: ['1.6.0', '1.7.5'],
      simulated: true,
    };
    this.runner = new ContainerRunner({ npuFor: () => new FakeNpu(), imageOf: () => image, ...options });
    afterAll(() => this.runner[Symbol.asyncDispose]());
  }

  async renew(): Promise<RunnerOnTrial> {
    const { board, runner } = this;
    const simulated = await runner.boardOf(board);
    simulated.npu.faults = {};
    const traces = new BoardTraces(simulated.board.address);
    await traces.clear();
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
      slowDown: async () => {
        simulated.npu.faults = { rknn_run: { kind: 'delay', ms: 60_000 } };
      },
      crashNextRun: async () => {
        simulated.npu.faults = { rknn_run: { kind: 'die', signal: 'SEGV', times: 1 } };
      },
      deviceRunners: () => traces.deviceRunners(),
      strayFiles: () => traces.strayFiles(),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }
}

const timeoutMs = 180_000;

/** Holds boards of one image to the contract of every runner. Files of their own let the images be tried side by side. */
export function describeContainerRunner(image: BoardImage): void {
  describe(image, () => {
    const needs = image === 'debian' ? [containerEngine] : [containerEngine, aarch64Programs];
    const lacking = missing(...needs);
    const trial = new BoardOnTrial(image);

    describeRunner(`container, on a board of ${image}`, () => trial.renew(), { skip: lacking, timeoutMs });
  });
}
