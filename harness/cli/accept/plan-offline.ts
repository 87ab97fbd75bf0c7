import { join } from 'node:path';
import type { Board } from '../../board/board.ts';
import { type PlannedCase, planCases } from '../../pipeline/plan-cases.ts';
import { historyUrl, type Project } from '../../project/project.ts';
import { boardModelPath } from '../../spec/board-model-path.ts';
import { importSpecModule } from '../../vitest/import-spec-module.ts';
import { convertFor } from '../convert-for.ts';
import type { Io } from '../io.ts';
import { AcceptUsageError, evidenceOfRun, type PlannedSide } from './plan-side.ts';
import type { AcceptChoices, SideChoice } from './plan-side.ts';
import { runStack } from './run-stack.ts';

/** The runtime that both sides' models run on: only the models differ. */
const runtime = '1.7.5';

/**
 * Plans a side that is about models alone: they run on the simulated NPU, whatever boards the project has. Their results
 * are kept apart: they are part of no board's history.
 *
 * @returns undefined if it was interrupted.
 * @throws {AcceptUsageError} If the command line asks for boards or stored runs as well.
 */
export async function planOffline(
  { name, sdk, runs }: SideChoice,
  { words, name: namePattern, tag: tags, board, history, attribution }: AcceptChoices,
  project: Project,
  io: Io,
): Promise<PlannedSide | undefined> {
  if (runs !== undefined || board !== undefined || history || attribution) {
    throw new AcceptUsageError('--offline compares models without boards or stored runs', {
      hint: 'Leave --offline out, or give only --baseline and --candidate with it.',
    });
  }
  if (sdk === undefined) {
    throw new AcceptUsageError(`it is not said whose models are the ${name}`, {
      hint: `Give --${name} <sdk>, as model.board or \`convert\` names it.`,
    });
  }
  const planned = await convertFor(
    await planCases(
      project,
      [offlineBoard(project, sdk)],
      { cwd: io.cwd, words, namePattern, tags, sdk },
      importSpecModule,
    ),
    project,
    io,
  );
  if (planned === undefined) return undefined;
  const apart: Project = {
    ...project,
    stateFolder: join(project.stateFolder, 'offline'),
    config: {
      ...project.config,
      boards: [{ name: 'offline', kind: 'virtual', tags: [] }],
      // Leases stay where other runs look for them.
      history: historyUrl(project),
    },
  };
  const label = `models for SDK ${sdk}, offline`;
  return {
    stack: undefined,
    async collect() {
      const cases = planned.map((each) => onRuntime(each, sdk, project));
      const { run } = await runStack(apart, { sdk: runtime, planned: cases, label }, 1, io);
      if (io.signal.aborted) return undefined;
      return { ...(await evidenceOfRun(apart, run, runtime, { signal: io.signal })), label };
    },
  };
}

/** It has every tag that a spec of this project can ask for. */
const offlineBoard = ({ config }: Project, sdk: string): Board => ({
  name: 'offline',
  runner: 'virtual',
  chip: 'RK1808',
  tags: [...new Set(config.boards.flatMap((board) => board.tags))],
  sdks: [sdk],
  simulated: true,
  perWorker: true,
});

function onRuntime(planned: PlannedCase, sdk: string, project: Project): PlannedCase {
  const { spec } = planned.case;
  const boardModel = { bySdk: { [runtime]: boardModelPath(spec, sdk) } };
  return {
    ...planned,
    case: { ...planned.case, spec: { ...spec, boardModel } },
    targets: [{ board: offlineBoard(project, runtime), sdk: runtime }],
  };
}
