import { join } from 'node:path';
import { createGoldenCache } from '../golden/golden-cache.ts';
import { createGoldenProvider } from '../golden/golden-provider.ts';
import { createGoldenStore } from '../golden/golden-store.ts';
import { BoardModels } from '../pipeline/board-models.ts';
import { PrepareAhead } from '../pipeline/prepare-ahead.ts';
import { obtainReference } from '../pipeline/reference-branch.ts';
import type { CaseServices } from '../pipeline/run-case.ts';
import { SessionPool } from '../pipeline/session-pool.ts';
import type { Project } from '../project/project.ts';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import { BoardRunners } from './board-runners.ts';
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
  const boards = new BoardRunners(project, engine);
  const sessions = new SessionPool(boards.runnerOf);

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
      runCanary: (target, signal) => boards.runCanary(target, signal),
      previousOutputs: new Map(),
    },
    async [Symbol.asyncDispose]() {
      await sessions[Symbol.asyncDispose]();
      await boards[Symbol.asyncDispose]();
    },
  };
}
