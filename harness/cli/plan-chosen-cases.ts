import { type PlannedCase, planCases } from '../pipeline/plan-cases.ts';
import type { Project } from '../project/project.ts';
import { boardsOf } from '../vitest/boards.ts';
import { importSpecModule } from '../vitest/import-spec-module.ts';
import type { Io } from './io.ts';

/** The cases that a command's words choose, for commands that have no further filters. */
export const planChosenCases = (project: Project, words: readonly string[], io: Io): Promise<PlannedCase[]> =>
  planCases(project, boardsOf(project), { cwd: io.cwd, words }, importSpecModule);
