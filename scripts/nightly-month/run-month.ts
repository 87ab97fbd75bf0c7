import { join } from 'node:path';
import { listRuns } from '../../harness/store/run-folder.ts';
import type { HilSession } from './hil-session.ts';
import { makeMonthProject, type Shift, writeBoard } from './month-project.ts';

export interface MonthPlan {
  readonly nights: number;
  readonly sdks: readonly string[];
  /** Cases whose names match this regular expression run. */
  readonly cases: string;
  readonly shift: Shift;
  /** The first night with the shift, from 1. */
  readonly shiftedFrom: number;
}

/** A night: one run over all SDK stacks. */
export interface Night {
  readonly night: number;
  readonly run: string;
  /** Exit code of `hil run`. */
  readonly code: number | null;
}

/**
 * Makes the project and runs it night after night, each by `hil run` on the virtual board. The nights follow each other
 * at once, and their records bear the time at which they really ran.
 */
export async function runMonth(root: string, plan: MonthPlan, session: HilSession): Promise<Night[]> {
  makeMonthProject(root);
  const nights: Night[] = [];
  for (let night = 1; night <= plan.nights; night++) {
    writeBoard(root, night >= plan.shiftedFrom ? plan.shift : undefined);
    const { code } = await session.run(
      'run',
      'specs',
      '-t',
      plan.cases,
      '--sdk',
      plan.sdks.join(','),
      '--ci',
    );
    nights.push({ night, run: listRuns(join(root, '.hil')).at(-1)!, code });
  }
  return nights;
}
