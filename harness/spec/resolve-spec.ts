import { readFileSync } from 'node:fs';
import { resolveLimits } from '../compare/resolve-limits.ts';
import type { Limits, ToleranceDeclaration } from '../compare/tolerance.ts';
import { HilError } from '../hil-error.ts';
import { relativePath } from '../project/path-in-project.ts';
import type { Project } from '../project/project.ts';
import { canonicalJson, sha256Hex } from '../tensor/content-hash.ts';
import type { BoardModelPaths, Case, ConversionSource, ReferenceFiles, ResolvedSpec } from './case.ts';
import { durationMs } from './duration-ms.ts';
import { assignExpectedSoftmax } from './expected-softmax.ts';
import { checkListedTolerances, resolveCommand } from './resolve-command.ts';
import { type Complain, resolveFile, resolveInputs, resolvePath } from './resolve-inputs.ts';
import type { Spec } from './schema.ts';
import { SpecError, type SpecProblem } from './spec-error.ts';

/**
 * Turns a valid declaration into cases, one for each input: paths made absolute and looked up, globs expanded, presets
 * expanded, and everything held against each other that can be without reading a model or a picture.
 *
 * @throws {SpecError} With every problem found.
 */
export function resolveSpec(spec: Spec, file: string, project: Project): Case[] {
  const problems: SpecProblem[] = [];
  const complain: Complain = (problem) => problems.push(problem);

  const reference = resolveReference(spec, file, project, complain);
  const boardModel = resolveBoardModel(spec, reference, file, project, complain);
  const command = resolveCommand(spec, file, project, complain);
  const inputs = assignExpectedSoftmax(
    spec,
    resolveInputs(spec, file, project, complain),
    file,
    project,
    complain,
  );
  if (inputs.some((input) => input.kind === 'picture')) requirePictureSettings(spec, complain);
  const limits = resolveTolerance(spec.tolerance, 'tolerance', complain);
  const outputLimits = new Map(
    Object.entries(spec.outputs ?? {}).map(([name, { kind, tolerance }]) => [
      name,
      { kind, limits: resolveTolerance(tolerance, `outputs.${name}.tolerance`, complain) },
    ]),
  );
  if (
    limits === undefined &&
    ![...outputLimits.values()].some((output) => output.limits) &&
    problems.length === 0
  ) {
    complain({
      path: 'tolerance',
      message: `is missing: without a limit nothing can fail; start with \`tolerance: ${presetFor(spec)}\``,
    });
  }

  checkListedTolerances({ command, limits, outputLimits }, complain);

  const classNames = readClassNames(spec, file, project, complain);

  const shown = relativePath(project.root, file);
  if (problems.length > 0 || reference === undefined) throw new SpecError(shown, problems);

  const resolved: ResolvedSpec = {
    name: spec.name,
    file,
    root: project.root,
    sha256: sha256Hex(canonicalJson(spec)),
    declaration: spec,
    reference,
    boardModel,
    ...(command === undefined ? {} : { command }),
    timeoutMs: durationMs(spec.timeout),
    classNames,
    limits,
    outputLimits,
  };
  return inputs.map((input) => ({ name: `${spec.name} › ${input.name}`, spec: resolved, input }));
}

function resolveReference(
  spec: Spec,
  file: string,
  project: Project,
  complain: Complain,
): ReferenceFiles | undefined {
  const declared = spec.model.reference;
  if (typeof declared === 'string') {
    if (/\.(prototxt|caffemodel)$/i.test(declared)) {
      complain({
        path: 'model.reference',
        message: `is ${declared}, one of a Caffe network’s two files; write \`reference: { prototxt: ..., caffemodel: ... }\``,
      });
      return undefined;
    }
    const path = resolveFile(declared, file, project, 'model.reference', complain);
    return path === undefined ? undefined : { kind: 'onnx', path };
  }
  const prototxt = resolveFile(declared.prototxt, file, project, 'model.reference.prototxt', complain);
  const caffemodel = resolveFile(declared.caffemodel, file, project, 'model.reference.caffemodel', complain);
  return prototxt === undefined || caffemodel === undefined
    ? undefined
    : { kind: 'caffe', prototxt, caffemodel };
}

/** Paths that do not depend on the SDK must be there now; the others are looked up when the SDK is chosen. */
function resolveBoardModel(
  spec: Spec,
  reference: ReferenceFiles | undefined,
  file: string,
  project: Project,
  complain: Complain,
): BoardModelPaths {
  const { board } = spec.model;
  if (typeof board === 'string') {
    const resolve = board.includes('{sdk}') ? resolvePath : resolveFile;
    return { pattern: resolve(board, file, project, 'model.board', complain) ?? board };
  }
  if (isConversion(board)) return resolveConversion(board, reference, file, project, complain);
  const bySdk = Object.entries(board).map(([sdk, path]) => [
    sdk,
    resolveFile(path, file, project, `model.board["${sdk}"]`, complain) ?? path,
  ]);
  return { bySdk: Object.fromEntries(bySdk) as Record<string, string> };
}

type ConversionDeclaration = Extract<Spec['model']['board'], { convert: string }>;

/** No SDK is called `convert`. */
const isConversion = (board: Exclude<Spec['model']['board'], string>): board is ConversionDeclaration =>
  'convert' in board;

function resolveConversion(
  { convert, from }: ConversionDeclaration,
  reference: ReferenceFiles | undefined,
  file: string,
  project: Project,
  complain: Complain,
): BoardModelPaths {
  const find = (path: string, where: string): string =>
    resolveFile(path, file, project, `model.board.${where}`, complain) ?? path;
  const source: ConversionSource =
    typeof from === 'string'
      ? { model: find(from, 'from') }
      : from !== undefined
        ? { model: find(from.model, 'from.model'), weights: find(from.weights, 'from.weights') }
        : reference?.kind === 'caffe'
          ? { model: reference.prototxt, weights: reference.caffemodel }
          : { model: reference?.path ?? '' };
  return {
    conversion: {
      settings: find(convert, 'convert'),
      source,
      sdks: Object.keys(project.config.convert ?? {}),
      converted: {},
    },
  };
}

function requirePictureSettings(spec: Spec, complain: Complain): void {
  if (spec.preprocess === undefined) {
    complain({
      path: 'preprocess',
      message: 'is missing: pictures need channelOrder and layout to become the reference tensor',
    });
  }
  const makesBuffer = spec.command === undefined || spec.command.input === 'board-buffer';
  if (makesBuffer && spec.boardInput.channelOrder === undefined) {
    complain({
      path: 'boardInput.channelOrder',
      message: 'is missing: for pictures say which order the board’s buffer has',
    });
  }
}

function resolveTolerance(
  declared: ToleranceDeclaration | undefined,
  where: string,
  complain: Complain,
): Limits | undefined {
  if (declared === undefined) return undefined;
  try {
    return resolveLimits(declared);
  } catch (error) {
    if (!(error instanceof HilError)) throw error;
    complain({ path: where, message: `cannot be used: ${error.message}` });
    return undefined;
  }
}

/** Trailing empty lines are no classes; an empty line between is one without a name. */
function readClassNames(spec: Spec, file: string, project: Project, complain: Complain): readonly string[] {
  const { classes } = spec;
  if (classes === undefined || typeof classes !== 'string') return classes ?? [];
  const path = resolveFile(classes, file, project, 'classes', complain);
  return path === undefined ? [] : readFileSync(path, 'utf8').trimEnd().split(/\r?\n/);
}

const presetFor = ({ model }: Spec) => (model.format === 'hybrid' ? 'u8' : model.format);
