import type { OutputKind } from '../compare/comparison.ts';
import type { Tolerance } from '../compare/tolerance.ts';
import type { PlannedCase } from '../pipeline/plan-cases.ts';
import { relativePath } from '../project/path-in-project.ts';
import type { Project } from '../project/project.ts';
import type { NumericFormat } from '../tensor/quantisation.ts';

/** What a run would do with one case: an entry of `hil run --dry-run --json`. Paths are relative to the project's root. */
export interface PlannedCaseJson {
  readonly case: string;
  readonly spec: string;
  readonly input: string;
  readonly specFile: string;
  readonly inputFile: string;
  readonly format: NumericFormat;
  readonly tags: readonly string[];
  /** Why the case will not be run; absent where it will. */
  readonly skip?: string | undefined;
  /** Boards that fit, best first: the case runs on the first, and moves on only after rig trouble. */
  readonly targets: readonly { readonly board: string; readonly sdk: string; readonly simulated: boolean }[];
  /** As declared: what a preset stands for depends on what the output holds. Absent where only `outputs` have one. */
  readonly tolerance?: Tolerance | undefined;
  /** What is declared for single outputs, by name. */
  readonly outputs: Readonly<
    Record<string, { readonly kind?: OutputKind | undefined; readonly tolerance?: Tolerance | undefined }>
  >;
  readonly repeats: number;
  readonly timeoutMs: number;
}

/** @param repeats - Replaces the specs' own number of repeats. */
export const planJson = (
  planned: readonly PlannedCase[],
  project: Project,
  repeats: number | undefined,
): PlannedCaseJson[] =>
  planned.map(({ case: { name, spec, input }, targets }) => ({
    case: name,
    spec: spec.name,
    input: input.name,
    specFile: relativePath(project.root, spec.file),
    inputFile: relativePath(project.root, input.path),
    format: spec.declaration.model.format,
    tags: spec.declaration.tags,
    skip: spec.declaration.skip,
    targets: targets.map(({ board, sdk }) => ({ board: board.name, sdk, simulated: board.simulated })),
    tolerance: spec.limits,
    outputs: Object.fromEntries(
      [...spec.outputLimits].map(([output, { kind, limits }]) => [output, { kind, tolerance: limits }]),
    ),
    repeats: repeats ?? spec.declaration.repeats,
    timeoutMs: spec.timeoutMs,
  }));
