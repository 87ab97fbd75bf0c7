import { convertModels } from '../convert/convert-models.ts';
import { type PlannedCase, targetsOf } from '../pipeline/plan-cases.ts';
import { type ImportModule, loadSpecFile } from '../spec/load-spec-file.ts';
import { boardsOf } from './boards.ts';
import type { RunSettings } from './settings.ts';

/** All cases of one spec file with the boards they can run on; models that have to be converted are. */
export async function loadCases(
  file: string,
  { project, board, sdk }: RunSettings,
  importModule: ImportModule,
): Promise<PlannedCase[]> {
  const boards = boardsOf(project);
  const cases = await loadSpecFile(file, project, importModule);
  const planned = cases.map((testCase) => ({
    case: testCase,
    targets: targetsOf(testCase, boards, { board, sdk }, project),
  }));
  return (await convertModels(project, planned, {})).planned;
}
