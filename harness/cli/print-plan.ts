import type { PlannedCase } from '../pipeline/plan-cases.ts';
import { relativePath } from '../project/path-in-project.ts';
import type { Project } from '../project/project.ts';
import { plainTable } from '../../reports/console/plain-table.ts';
import type { Io } from './io.ts';

/** Lists what a run would do. */
export function printPlan(planned: readonly PlannedCase[], project: Project, io: Io): void {
  const rows = planned.map(({ case: testCase, targets }) => {
    const [first] = targets;
    const board =
      first === undefined ? '-' : `${first.board.name}${first.board.simulated ? ' (simulated)' : ''}`;
    return [
      testCase.name,
      board,
      first?.sdk ?? '-',
      testCase.spec.declaration.model.format,
      relativePath(project.root, testCase.spec.file),
    ];
  });
  io.stdout.write(
    `${plainTable(
      ['case', 'board', 'SDK', 'format', 'spec file'].map((title) => ({ title })),
      rows,
    ).join('\n')}\n`,
  );
  io.stdout.write(`${planned.length} ${planned.length === 1 ? 'case' : 'cases'}; nothing was run.\n`);
}
