import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Board } from '../../harness/board/board.ts';
import { BoardBroker } from '../../harness/board/broker/board-broker.ts';
import type { BoardGate } from '../../harness/board/broker/board-gate.ts';
import { BrokerLeases } from '../../harness/board/broker/broker-leases.ts';
import type { SetAside } from '../../harness/board/broker/lease.ts';
import { type Canary, runCanary } from '../../harness/board/canary.ts';
import type { Target } from '../../harness/board/choose-target.ts';
import type { Runner } from '../../harness/board/session.ts';
import type { BoardCare } from '../../harness/pipeline/board-care.ts';
import type { CaseServices } from '../../harness/pipeline/case-services.ts';
import { runCase } from '../../harness/pipeline/run-case.ts';
import { SessionPool } from '../../harness/pipeline/session-pool.ts';
import { goldenOf, trialCase } from '../../harness/pipeline/trial-case.ts';
import type { CaseRecord, Stage } from '../../harness/store/record.ts';
import { RecordJournal, readRecords } from '../../harness/store/record-journal.ts';
import { sha256Hex } from '../../harness/tensor/content-hash.ts';
import { tensor } from '../../harness/tensor/tensor.ts';
import { fakeModel } from '../virtual/embedded/fake-npu.ts';

/** One case that passes where nothing goes wrong, on boards of a test's choice: the whole way from lease to record. */
export interface Rig {
  readonly broker: BoardBroker;
  readonly setAside: readonly SetAside[];
  readonly services: CaseServices;
  /** Runs the case and keeps its record in a journal, as a run does. */
  readonly run: (options?: {
    readonly signal?: AbortSignal;
    readonly onStage?: (stage: Stage) => void;
  }) => Promise<CaseRecord>;
  /** Leaves the boards, as at the end of a run. */
  readonly leave: () => Promise<void>;
  /** What must hold after every fault: no board leased, no record lost. */
  readonly expectNothingLeft: () => Promise<void>;
}

export interface RigOptions {
  /** Where each board is reached; the first is preferred. */
  readonly boards: readonly { readonly board: Board; readonly runner: Runner }[];
  readonly spec?: object;
  readonly services?: Partial<CaseServices>;
  readonly care?: BoardCare;
  readonly canaryTimeoutMs?: number;
  /** Where boards come from that other runs use too. @param lost - To be told of boards that are not ours any more. */
  readonly gate?: (lost: (board: string) => void) => BoardGate;
}

/** Input 0.75 and 0.25 becomes the bytes 1 and 0; the fake NPU adds one to each. */
const golden = goldenOf(new Map([['out', tensor('float32', [1, 2], Float32Array.of(2, 1))]]));

const canaryModel = fakeModel(4, 4);
const canary: Canary = {
  model: { path: 'canary.rknn', bytes: canaryModel, sha256: sha256Hex(canaryModel) },
  request: {
    inputs: [
      {
        index: 0,
        bytes: Uint8Array.of(1, 2, 3, 4),
        dtype: 'uint8',
        layout: 'NHWC',
        passThrough: false,
        sizeBytes: 4,
      },
    ],
    repeats: 1,
  },
  expected: [Uint8Array.of(2, 3, 4, 5)],
};

export async function startRig({
  boards,
  spec = {},
  services = {},
  care,
  canaryTimeoutMs = 10_000,
  gate,
}: RigOptions): Promise<Rig> {
  const setAside: SetAside[] = [];
  const broker: BoardBroker = new BoardBroker({
    onSetAside: (event) => setAside.push(event),
    gate: gate?.((board) => broker.lost(board)),
  });
  const runnerOf = ({ name }: Board): Runner => boards.find(({ board }) => board.name === name)!.runner;
  const sessions = new SessionPool(runnerOf);
  const leases = new BrokerLeases({
    connect: (client) => broker.connect(client),
    closeIdle: (board) => sessions.drop(board),
  });
  const trial = await trialCase({
    spec: { boardInput: { dtype: 'uint8', layout: 'NHWC' }, timeout: '20s', ...spec },
    services: {
      sessions,
      leases,
      retries: undefined,
      careOf: () => care ?? { bootBudgetMs: 3000 },
      obtainGolden: () => Promise.resolve(golden),
      runCanary: (target, signal) =>
        runCanary(runnerOf(target.board), target, canary, { signal, timeoutMs: canaryTimeoutMs }),
      ...services,
    },
  });
  writeFileSync(trial.place.path('specs/net.rknn'), fakeModel(2, 2));
  const { runFolder } = trial.services;
  const journal = await RecordJournal.create(runFolder);
  const kept: CaseRecord[] = [];
  const leave = async (): Promise<void> => {
    await sessions[Symbol.asyncDispose]();
    leases[Symbol.dispose]();
  };
  onTestFinished(async () => {
    await leave();
    await journal[Symbol.asyncDispose]();
    trial[Symbol.dispose]();
  });
  const [first, ...others] = boards.map(({ board }): Target => ({ board, sdk: board.sdks[0]! }));
  return {
    broker,
    setAside,
    services: trial.services,
    leave,
    async run({ signal, onStage = () => undefined } = {}) {
      const record = await runCase(trial.testCase, [first!, ...others], trial.services, {
        signal,
        onStage,
      });
      await journal.append(record);
      kept.push(record);
      return record;
    },
    async expectNothingLeft() {
      await leave();
      expect(broker.inUse).toEqual([]);
      expect(readRecords(runFolder).map(({ verdict }) => verdict)).toEqual(
        kept.map(({ verdict }) => verdict),
      );
    },
  };
}

/** Processes of this machine whose program lies in a folder; a zombie counts as gone. */
export const processesFrom = (folder: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          readFileSync(join('/proc', pid, 'cmdline'), 'latin1').startsWith(folder) &&
          !/\) Z /.test(readFileSync(join('/proc', pid, 'stat'), 'latin1'))
        );
      } catch {
        return false;
      }
    })
    .map(Number);
