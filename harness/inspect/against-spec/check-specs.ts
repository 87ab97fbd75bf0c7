import { readFile } from 'node:fs/promises';
import type { Target } from '../../board/choose-target.ts';
import { HilError } from '../../hil-error.ts';
import type { PlannedCase } from '../../pipeline/plan-cases.ts';
import { relativePath } from '../../project/path-in-project.ts';
import { boardModelPath } from '../../spec/board-model-path.ts';
import type { Case, ResolvedSpec } from '../../spec/case.ts';
import { SpecError } from '../../spec/spec-error.ts';
import { inspectRknn } from '../inspect-rknn.ts';
import type { RknnInspection } from '../inspection.ts';
import { checkDeclaredBuffer } from './check-declared-buffer.ts';
import { checkModelFile } from './check-model-file.ts';
import { checkNormalisation } from './check-normalisation.ts';
import { checkOutputStep } from './check-output-step.ts';
import { type Finding, warning } from './finding.ts';

/** What is wrong between one spec and one of its model files. */
export interface SpecFindings {
  /** Relative to the project. */
  readonly spec: string;
  readonly name: string;
  /** The .rknn file, relative to the project. */
  readonly model: string;
  readonly findings: readonly Finding[];
}

/** A spec whose model no board that it may run on can load. */
export class ModelDoesNotFitError extends HilError {
  readonly code = 'HIL_MODEL_DOES_NOT_FIT';
  readonly owner = 'spec';
}

/**
 * Holds every spec against what its model file bakes in, for the board that each case would take first. Only files are
 * read; no board is touched.
 *
 * @returns The warnings.
 * @throws {ModelDoesNotFitError} If a case's model cannot run on its board at all.
 */
export async function checkSpecs(planned: readonly PlannedCase[]): Promise<SpecFindings[]> {
  const files = new Map<string, Promise<RknnInspection | HilError>>();
  const inspect = (path: string, shown: string) => {
    const known = files.get(path);
    if (known) return known;
    const reading = inspectOrError(path, shown);
    files.set(path, reading);
    return reading;
  };
  const checked = new Map<string, SpecFindings>();
  for (const { case: testCase, targets } of planned) {
    const { spec, input } = testCase;
    const [target, ...others] = targets;
    const path = modelOf(spec, target);
    const key = `${spec.file} ${spec.name} ${path} ${target.sdk} ${target.board.chip} ${input.kind}`;
    if (path === undefined || checked.has(key)) continue;
    const model = relativePath(spec.root, path);
    const file = await inspect(path, model);
    const findings = findingsFor(testCase, file, target);
    // Where another board will do, the case may still find its way there.
    const fitsElsewhere =
      findings.some(isError) &&
      others.some(
        (other) => modelOf(spec, other) === path && !findingsFor(testCase, file, other).some(isError),
      );
    checked.set(key, {
      spec: relativePath(spec.root, spec.file),
      name: spec.name,
      model,
      findings: fitsElsewhere
        ? findings.map((finding) => ({ ...finding, level: 'warning' as const }))
        : findings,
    });
  }
  const found = [...checked.values()].filter(({ findings }) => findings.length > 0);
  refuseErrors(found);
  return found;
}

const isError = ({ level }: Finding): boolean => level === 'error';

const findingsFor = (testCase: Case, file: RknnInspection | HilError, target: Target): Finding[] =>
  file instanceof HilError
    ? [
        warning(
          'unreadable',
          'model.board',
          `a file that cannot be inspected: ${file.message}`,
          'a .rknn file that can be inspected',
          file.hint,
        ),
      ]
    : checkSpec(testCase, file, target);

/** One case's spec against its file. */
export function checkSpec(testCase: Case, file: RknnInspection, target: Target): Finding[] {
  const { spec, input } = testCase;
  const { declaration } = spec;
  const [fed] = file.inputs;
  // A program of the user's that reads the picture itself makes no buffer of ours.
  const ownInput = spec.command !== undefined && spec.command.input !== 'board-buffer';
  const ofInput =
    fed === undefined || file.inputs.length > 1 || ownInput
      ? []
      : [
          ...checkNormalisation(
            input.kind === 'picture' ? declaration.preprocess : undefined,
            declaration.boardInput,
            fed,
          ),
          ...checkDeclaredBuffer(
            declaration.boardInput,
            fed,
            input.kind === 'picture' ? declaration.preprocess : undefined,
          ),
        ];
  return [...checkModelFile(spec, file, target), ...ofInput, ...checkOutputStep(testCase, file)];
}

async function inspectOrError(path: string, shown: string): Promise<RknnInspection | HilError> {
  try {
    return inspectRknn(await readFile(path), shown);
  } catch (error) {
    if (error instanceof HilError) return error;
    // What cannot be opened is told where the run needs it.
    return new ModelDoesNotFitError(`${shown} cannot be read`, {
      hint: 'Check the file’s permissions.',
      cause: error,
    });
  }
}

/** Undefined for a model that is still to be converted. */
function modelOf(spec: ResolvedSpec, { sdk }: Target): string | undefined {
  try {
    return boardModelPath(spec, sdk);
  } catch (error) {
    if (error instanceof SpecError) return undefined;
    throw error;
  }
}

/** For each warning two lines, the second with the fix. */
export function warningTexts({ spec, model, findings }: SpecFindings): string[] {
  return findings.map(
    ({ field, found, expected, fix }) =>
      `warning: ${spec}: ${field} is ${found}; expected ${expected} (${model})\n  next: ${fix}`,
  );
}

/** @throws {ModelDoesNotFitError} If one of the findings is an error. */
export function refuseErrors(found: readonly SpecFindings[]): void {
  const errors = found.flatMap(({ spec, model, findings }) =>
    findings.filter(isError).map((finding) => ({ spec, model, ...finding })),
  );
  if (errors.length === 0) return;
  throw new ModelDoesNotFitError(
    errors.map(({ spec, field, found: what, model }) => `${spec}: ${field} is ${what} (${model})`).join('\n'),
    { hint: [...new Set(errors.map(({ fix }) => fix))].join('\n') },
  );
}
