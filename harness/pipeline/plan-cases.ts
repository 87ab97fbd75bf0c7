import { satisfies } from 'semver';
import type { Board } from '../board/board.ts';
import { type BoardWish, chooseTargets, type Target } from '../board/choose-target.ts';
import { HilError } from '../hil-error.ts';
import { relativePath } from '../project/path-in-project.ts';
import type { Project } from '../project/project.ts';
import { requireBoardModel } from '../spec/board-model-path.ts';
import type { Case } from '../spec/case.ts';
import { findSpecFiles, NoSpecsError } from '../spec/find-spec-files.ts';
import { type ImportModule, loadSpecFile } from '../spec/load-spec-file.ts';
import { SpecError } from '../spec/spec-error.ts';

/** Which cases a person wants, and where. */
export interface CaseChoices {
  /** Folder that relative words start from. */
  readonly cwd: string;
  /** Paths of specs or folders, and parts of case names. */
  readonly words: readonly string[];
  readonly namePattern?: RegExp | undefined;
  /** Only specs with one of these tags. */
  readonly tags?: readonly string[] | undefined;
  /** Every `count`-th case, starting with the `index`-th (from 1). */
  readonly shard?: { readonly index: number; readonly count: number } | undefined;
  readonly board?: string | undefined;
  readonly sdk?: string | undefined;
  /** The matrix: every case runs on each of these SDKs that its spec allows. Beats `sdk`. */
  readonly sdks?: readonly string[] | undefined;
}

/** A case and the boards it could run on, best first. */
export interface PlannedCase {
  readonly case: Case;
  readonly targets: readonly [Target, ...Target[]];
  /** In a matrix: the SDK that this result is about; every target has it. */
  readonly matrixSdk?: string | undefined;
}

/** Specs that cannot be used; nothing was touched. */
export class PlanError extends HilError {
  readonly code = 'HIL_PLAN';
  readonly owner = 'spec';
  readonly errors: readonly HilError[];

  constructor(errors: readonly HilError[]) {
    const [first] = errors;
    super(errors.map((error) => error.message).join('\n'), {
      hint:
        errors.length === 1 && first
          ? first.hint
          : [...new Set(errors.map((error) => error.hint))].join('\n'),
      cause: first,
    });
    this.errors = errors;
  }
}

/**
 * Loads every chosen spec and decides which cases run where. Nothing but spec files is read and nothing is written.
 *
 * @throws {PlanError} With the problems of all specs, not only of the first.
 */
export async function planCases(
  project: Project,
  boards: readonly Board[],
  choices: CaseChoices,
  importModule: ImportModule,
): Promise<PlannedCase[]> {
  const selection = await findSpecFiles(project, choices.cwd, choices.words);
  const errors: HilError[] = [];
  const cases: Case[] = [];
  for (const file of selection.files) {
    await collect(errors, async () => cases.push(...(await loadSpecFile(file, project, importModule))));
  }
  errors.push(...findDuplicateNames(cases, project));

  const chosen = cases.filter((candidate) => isChosen(candidate, choices, selection.nameParts));
  const planned: PlannedCase[] = [];
  for (const testCase of chosen) {
    await collect(errors, () => planned.push(...planOnStacks(testCase, boards, choices, project)));
  }
  if (errors.length > 0) throw new PlanError(withoutRepeats(errors));
  if (planned.length === 0) {
    throw new NoSpecsError(`none of the ${cases.length} cases fits the filters`, {
      hint: 'Loosen the filters; `npx hil run --dry-run` lists the cases.',
    });
  }
  const { shard } = choices;
  return shard ? planned.filter((_, position) => position % shard.count === shard.index - 1) : planned;
}

async function collect(errors: HilError[], step: () => unknown): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof HilError)) throw error;
    errors.push(error);
  }
}

function isChosen(
  { name, spec }: Case,
  { namePattern, tags }: CaseChoices,
  nameParts: readonly string[],
): boolean {
  const lowerCase = name.toLowerCase();
  return (
    (nameParts.length === 0 || nameParts.some((part) => lowerCase.includes(part))) &&
    (namePattern === undefined || namePattern.test(name)) &&
    (tags === undefined || tags.length === 0 || tags.some((tag) => spec.declaration.tags.includes(tag)))
  );
}

/** The boards that fit a case, with the command line's and the config's wishes laid on the spec's. */
export function targetsOf(
  { spec }: Case,
  boards: readonly Board[],
  choices: Pick<CaseChoices, 'board' | 'sdk'>,
  project: Project,
): [Target, ...Target[]] {
  const { declaration } = spec;
  const wish: BoardWish = {
    name: choices.board ?? declaration.board.name ?? project.config.board,
    chip: declaration.board.chip,
    tags: declaration.board.tags,
    sdkRange: declaration.board.sdk,
    sdk: choices.sdk ?? (declaration.board.sdk === undefined ? project.config.sdk : undefined),
  };
  return chooseTargets(boards, wish);
}

/** A case once, or once for each SDK of the matrix that its spec allows. */
function planOnStacks(
  testCase: Case,
  boards: readonly Board[],
  choices: CaseChoices,
  project: Project,
): PlannedCase[] {
  const { sdks } = choices;
  if (sdks === undefined) return [planCase(testCase, boards, choices, project)];
  const range = testCase.spec.declaration.board.sdk;
  const allowed = sdks.filter((sdk) => range === undefined || satisfies(sdk, range));
  // A spec that allows none of them says so as it does without a matrix.
  return (allowed.length > 0 ? allowed : sdks.slice(0, 1)).map((sdk) => ({
    ...planCase(testCase, boards, { ...choices, sdk }, project),
    matrixSdk: sdk,
  }));
}

function planCase(
  testCase: Case,
  boards: readonly Board[],
  choices: CaseChoices,
  project: Project,
): PlannedCase {
  const [first, ...others] = targetsOf(testCase, boards, choices, project);
  requireBoardModel(testCase.spec, first.sdk);
  return { case: testCase, targets: [first, ...others.filter(({ sdk }) => hasModelFor(testCase, sdk))] };
}

/** A case may only move on to a board whose SDK it has a model for. */
function hasModelFor({ spec }: Case, sdk: string): boolean {
  try {
    requireBoardModel(spec, sdk);
    return true;
  } catch (error) {
    if (error instanceof SpecError) return false;
    throw error;
  }
}

function findDuplicateNames(cases: readonly Case[], project: Project): HilError[] {
  const first = new Map<string, Case>();
  const errors: HilError[] = [];
  for (const testCase of cases) {
    const other = first.get(testCase.name);
    if (other === undefined) {
      first.set(testCase.name, testCase);
      continue;
    }
    errors.push(
      new SpecError(
        relativePath(project.root, testCase.spec.file),
        [
          {
            path: 'name',
            message: `is "${testCase.spec.name}", which gives a second case named "${testCase.name}"; the first is in ${relativePath(project.root, other.spec.file)}`,
          },
        ],
        { hint: 'Give each spec a name of its own.' },
      ),
    );
  }
  return errors;
}

/** One spec with forty inputs has its problem once, not forty times. */
function withoutRepeats(errors: readonly HilError[]): HilError[] {
  return [...new Map(errors.map((error) => [error.message, error])).values()];
}
