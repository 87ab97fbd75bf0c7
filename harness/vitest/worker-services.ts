import { join } from 'node:path';
import { createSimulatedNpu } from '../../runners/virtual/npu/simulated-npu.ts';
import { isSimulatedSdk, personalities } from '../../runners/virtual/npu/personality.ts';
import { VirtualRunner } from '../../runners/virtual/virtual-runner.ts';
import { runCanary } from '../board/canary.ts';
import { createGoldenCache } from '../golden/golden-cache.ts';
import { createGoldenProvider } from '../golden/golden-provider.ts';
import { createGoldenStore } from '../golden/golden-store.ts';
import { InternalError } from '../hil-error.ts';
import { BoardModels } from '../pipeline/board-models.ts';
import { PrepareAhead } from '../pipeline/prepare-ahead.ts';
import { obtainReference } from '../pipeline/reference-branch.ts';
import type { CaseServices } from '../pipeline/run-case.ts';
import { SessionPool } from '../pipeline/session-pool.ts';
import type { Project } from '../project/project.ts';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import { faultsOf } from './board-faults.ts';
import type { RunSettings } from './settings.ts';

/** A worker's own engine, boards and sessions; they live as long as the worker. */
export interface WorkerServices extends AsyncDisposable {
  readonly project: Project;
  readonly cases: CaseServices;
}

/** Puts the concrete parts together. Nothing is started until a case needs it. */
export function workerServices(settings: RunSettings): WorkerServices {
  const { project } = settings;
  const engine = createOnnxRuntimeEngine();
  const goldens = createGoldenProvider({
    engine,
    store: createGoldenStore(project.goldenFolder),
    cache: createGoldenCache(join(project.stateFolder, 'cache', 'golden')),
  });
  const runner = new VirtualRunner({
    npuFor(sdk) {
      if (!isSimulatedSdk(sdk)) throw new InternalError(`the virtual board has no personality ${sdk}`);
      return createSimulatedNpu({ engine, personality: personalities[sdk] });
    },
    faultsOf: (board) => faultsOf(project, board),
  });
  const sessions = new SessionPool(() => runner);

  return {
    project,
    cases: {
      run: settings.run,
      runFolder: settings.runFolder,
      stateFolder: project.stateFolder,
      retries: settings.retries ?? project.config.retries,
      repeats: settings.repeats,
      sessions,
      models: new BoardModels(),
      inputs: new PrepareAhead(),
      obtainGolden: (testCase, prepared, signal) =>
        obtainReference(testCase, prepared, { engine, goldens, update: settings.updateGolden }, { signal }),
      // Seldom needed, and the converter that makes its model is large.
      async runCanary(target, signal) {
        const { virtualCanary } = await import('../../runners/virtual/virtual-canary.ts');
        return runCanary(runner, target, await virtualCanary(engine), { signal });
      },
      previousOutputs: new Map(),
    },
    async [Symbol.asyncDispose]() {
      await sessions[Symbol.asyncDispose]();
      await runner[Symbol.asyncDispose]();
    },
  };
}
