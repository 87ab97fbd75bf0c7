import { join } from 'node:path';
import { BoardBroker } from '../board/broker/board-broker.ts';
import { connectToBroker } from '../board/broker/broker-connection.ts';
import { BrokerLeases } from '../board/broker/broker-leases.ts';
import { ConvertedNetworks } from '../explain/converted-networks.ts';
import { measureConversion } from '../explain/measure-conversion.ts';
import { createGoldenCache } from '../golden/golden-cache.ts';
import { createGoldenProvider } from '../golden/golden-provider.ts';
import { createGoldenStore } from '../golden/golden-store.ts';
import { careOf } from './care-of.ts';
import { BoardCommands } from '../pipeline/board-commands.ts';
import { BoardModels } from '../pipeline/board-models.ts';
import { obtainReference } from '../pipeline/reference-branch.ts';
import { type CaseServices, PreviousOutputs } from '../pipeline/case-services.ts';
import { SessionPool } from '../pipeline/session-pool.ts';
import type { Project } from '../project/project.ts';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import type { CaseRecord } from '../store/record.ts';
import { BoardRunners } from './board-runners.ts';
import { explainerFor } from './explainer-for.ts';
import { RecordLine } from './record-line.ts';
import type { RunSettings, WorkerSettings } from './settings.ts';

/** A worker's own engine, boards and sessions; they live as long as the worker. */
export interface WorkerServices extends AsyncDisposable {
  readonly project: Project;
  readonly cases: CaseServices;
  /** Hands a finished record to the main process, and waits until it is on the disk. */
  readonly keep: (record: CaseRecord) => Promise<void>;
  /** Cases that have not ended: Vitest may stop a worker without waiting for all of them. */
  readonly underWay: Set<Promise<CaseRecord>>;
  /** Aborts when the run that goes on now is called off. */
  readonly calledOff: () => AbortSignal;
}

/**
 * Puts the concrete parts together. Nothing is started until a case needs it. Without a broker in another process the
 * boards are shared with nobody.
 */
export function workerServices(
  settings: RunSettings & Partial<Pick<WorkerSettings, 'broker'>>,
): WorkerServices {
  const { project, broker } = settings;
  const engine = createOnnxRuntimeEngine();
  const converted = new ConvertedNetworks(engine);
  const explainer = explainerFor(settings, engine);
  const goldens = createGoldenProvider({
    engine,
    store: createGoldenStore(project.goldenFolder),
    cache: createGoldenCache(join(project.stateFolder, 'cache', 'golden')),
  });
  const boards = new BoardRunners(project, engine);
  const sessions = new SessionPool(boards.runnerOf);
  const line = new RecordLine(broker);
  const leases = new BrokerLeases({
    connect: (client) =>
      broker === undefined ? new BoardBroker().connect(client) : connectToBroker(broker, client),
    closeIdle: (board) => sessions.drop(board),
  });

  return {
    project,
    keep: (record) => line.send(record),
    underWay: new Set(),
    calledOff: () => leases.calledOff,
    cases: {
      run: settings.run,
      runFolder: settings.runFolder,
      stateFolder: project.stateFolder,
      retries: settings.retries ?? project.config.retries,
      repeats: settings.repeats,
      leases,
      sessions,
      models: new BoardModels(),
      commands: new BoardCommands(),
      careOf: careOf(project),
      obtainGolden: (testCase, prepared, signal) =>
        obtainReference(testCase, prepared, { engine, goldens, update: settings.updateGolden }, { signal }),
      runCanary: (target, signal) => boards.runCanary(target, signal),
      previousOutputs: new PreviousOutputs(),
      explainer,
      conversion: explainer && ((judged, options) => measureConversion(judged, converted, options)),
    },
    async [Symbol.asyncDispose]() {
      await sessions[Symbol.asyncDispose]();
      leases[Symbol.dispose]();
      line[Symbol.dispose]();
      await converted[Symbol.asyncDispose]();
      await boards[Symbol.asyncDispose]();
    },
  };
}
