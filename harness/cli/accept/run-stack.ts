import { consoleReporter } from '../../../reports/console/console-reporter.ts';
import { writeCanaries } from '../../accept/evidence/canary-journal.ts';
import type { CanaryEvidence } from '../../accept/evidence/evidence.ts';
import type { Target } from '../../board/choose-target.ts';
import type { PlannedCase } from '../../pipeline/plan-cases.ts';
import type { RunOutcome } from '../../pipeline/run-log.ts';
import type { Project } from '../../project/project.ts';
import { createOnnxRuntimeEngine } from '../../reference/onnx-runtime-engine.ts';
import { originOf } from '../../store/history/run-provenance.ts';
import { BoardRunners } from '../../vitest/board-runners.ts';
import { prepareRun } from '../../vitest/prepare-run.ts';
import { startVitest } from '../../vitest/start-vitest.ts';
import type { Io } from '../io.ts';

/** Cases that are to run on one SDK. */
export interface PlannedStack {
  readonly sdk: string;
  readonly planned: readonly PlannedCase[];
  /** How people call it; `SDK <sdk>` where it is left out. */
  readonly label?: string | undefined;
}

export interface StackRun extends RunOutcome {
  /** Id of the run. */
  readonly run: string;
}

/**
 * Runs the cases of one stack as `hil run` does, with the canary of every board before and after. Results are on the disk
 * as those of any run, what the canaries said beside them.
 *
 * @param repeats - How often each case runs on the board.
 */
export async function runStack(
  project: Project,
  { sdk, planned, label = `SDK ${sdk}` }: PlannedStack,
  repeats: number,
  io: Io,
): Promise<StackRun> {
  const origin = await originOf(project.root, io.env);
  const prepared = prepareRun(project, { sdk, planned, repeats, command: `hil accept, ${label}`, origin });
  const { folder, run } = prepared.plan;
  const targets = boardsUsed(planned);
  await using boards = new BoardRunners(project, createOnnxRuntimeEngine());

  io.stderr.write(`${label}: ${planned.length} cases, run ${run}\n`);
  const before = await canaries(boards, targets, 'before', io.signal);
  const outcome = await startVitest({
    prepared,
    reporters: [consoleReporter({ stdout: io.stderr, stderr: io.stderr, env: io.env })],
    vitestReporters: [],
    bail: 0,
    watch: false,
    signal: io.signal,
  });
  const after = await canaries(boards, targets, 'after', io.signal);
  await writeCanaries(folder, [...before, ...after]);
  return { ...outcome, run };
}

/** Each board that a case may have run on, once. */
function boardsUsed(planned: readonly PlannedCase[]): Target[] {
  const first = planned.map(({ targets: [target] }) => target);
  return [...new Map(first.map((target) => [target.board.name, target])).values()];
}

/** A board without a canary model says nothing of itself, which is not the same as being unfit. */
async function canaries(
  boards: BoardRunners,
  targets: readonly Target[],
  when: CanaryEvidence['when'],
  signal: AbortSignal,
): Promise<CanaryEvidence[]> {
  const told: CanaryEvidence[] = [];
  for (const target of targets) {
    if (signal.aborted || (await boards.canaryOf(target.board)) === undefined) continue;
    const { passed, message } = await boards.runCanary(target, signal);
    told.push({ board: target.board.name, sdk: target.sdk, when, passed, message });
  }
  return told;
}
