import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { caseDetails } from '../../../reports/console/case-details.ts';
import { coloursFor, usableWidth } from '../../../reports/console/appearance.ts';
import { resultTable } from '../../../reports/console/result-table.ts';
import { countRecords, summaryLine } from '../../../reports/facts/run-counts.ts';
import type { OutputKind } from '../../compare/comparison.ts';
import { resolveLimits } from '../../compare/resolve-limits.ts';
import { type Tolerance, toleranceSchema } from '../../compare/tolerance.ts';
import { HilError } from '../../hil-error.ts';
import { judgeCase, type Tolerances } from '../../pipeline/judge-case.ts';
import { loadProject, type Project } from '../../project/project.ts';
import { explainIssues } from '../../spec/explain-issues.ts';
import { loadSpecFile } from '../../spec/load-spec-file.ts';
import { readCapture } from '../../store/capture.ts';
import type { CaseRecord } from '../../store/record.ts';
import { encodeNumber, readRecords } from '../../store/record-journal.ts';
import { findRunFolder } from '../../store/run-folder.ts';
import type { NamedTensors } from '../../tensor/tensor.ts';
import { importSpecModule } from '../../vitest/import-spec-module.ts';
import { exitCodeOf } from '../exit-code-of.ts';
import type { ExitCode, Io } from '../io.ts';

export interface JudgeOptions {
  readonly tolerance?: string;
  readonly json?: true;
}

/** A tolerance on the command line that is none. */
export class ToleranceOptionError extends HilError {
  readonly code = 'HIL_TOLERANCE_OPTION';
  readonly owner = 'spec';
}

/** `hil judge`: the answers of a stored run, held against the specs' tolerances of today or against another one. */
export async function judgeCommand(run: string, options: JudgeOptions, io: Io): Promise<ExitCode> {
  const project = loadProject(io.cwd);
  const folder = findRunFolder(project.stateFolder, run);
  const given = options.tolerance === undefined ? undefined : parseTolerance(options.tolerance);
  const specs = new PresentSpecs(project);
  const previous = new Map<string, NamedTensors>();

  const records: CaseRecord[] = [];
  for (const record of readRecords(folder)) {
    io.signal.throwIfAborted();
    const tolerances = given ? await withDeclarations(given, record, specs) : await specs.of(record);
    records.push(await judgeRecord(record, tolerances, project, previous));
  }
  if (options.json) io.stdout.write(`${JSON.stringify(records, encodeNumber, 2)}\n`);
  else printJudgement(basename(folder), records, io);
  return exitCodeOf({ records, errors: [], interrupted: false });
}

async function judgeRecord(
  record: CaseRecord,
  tolerances: Tolerances,
  project: Project,
  previous: Map<string, NamedTensors>,
): Promise<CaseRecord> {
  if (record.capture === undefined) return record;
  const capture = await readCapture(join(project.root, record.capture), project.stateFolder);
  const judgement = judgeCase(tolerances, capture.golden.outputs, capture, previous.get(record.case.spec));
  previous.set(record.case.spec, judgement.board);
  const { verdict, class: verdictClass, marginal, reason, comparison, unseenFaults, untested } = judgement;
  return {
    ...record,
    verdict,
    class: verdictClass,
    marginal,
    reason,
    comparison,
    unseenFaults,
    toleranceUntested: untested,
  };
}

function printJudgement(run: string, records: readonly CaseRecord[], io: Io): void {
  const colours = coloursFor(io.stdout, io.env);
  const failed = records.filter(({ verdict }) => verdict === 'failed');
  const blocks = [
    [`Judged again from the captures of ${run}; no board was used.`],
    resultTable(records, usableWidth(io.stdout), colours),
    ...caseDetails(failed, colours),
    [summaryLine(countRecords(records))],
  ];
  io.stdout.write(`${blocks.map((block) => block.join('\n')).join('\n\n')}\n`);
}

function parseTolerance(text: string): Tolerance {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new ToleranceOptionError(`--tolerance "${text}" is no YAML`, {
      hint: 'Write e.g. --tolerance fp16 or --tolerance "{atol: 0.01}".',
      cause,
    });
  }
  const result = toleranceSchema.safeParse(value);
  if (!result.success) {
    const problems = explainIssues(result.error.issues, toleranceSchema, value).map(({ path, message }) =>
      `${path} ${message}`.trim(),
    );
    throw new ToleranceOptionError(`--tolerance ${problems.join('; ')}`, {
      hint: 'docs/tolerances.md lists the limits.',
    });
  }
  return resolveLimits(result.data);
}

/**
 * The given limits for every output, with what the spec says now that its outputs hold and how its classes are called;
 * where it cannot be loaded any more, what the run took them for.
 */
async function withDeclarations(
  limits: Tolerance,
  record: CaseRecord,
  specs: PresentSpecs,
): Promise<Tolerances> {
  try {
    const { outputLimits, classNames = {} } = await specs.of(record);
    return { limits, outputLimits: onlyKinds(outputLimits), classNames };
  } catch (error) {
    if (!(error instanceof HilError) || error.owner !== 'spec') throw error;
    const outputs = new Map(record.comparison?.outputs.map((output) => [output.name, output]));
    return { limits, outputLimits: onlyKinds(outputs), classNames: record.classNames ?? {} };
  }
}

const onlyKinds = (
  outputs: ReadonlyMap<string, { readonly kind?: OutputKind | undefined }>,
): Tolerances['outputLimits'] => new Map([...outputs].map(([name, { kind }]) => [name, { kind }]));

/** The specs as their files are now. */
class PresentSpecs {
  readonly #project: Project;
  readonly #byFile = new Map<string, Map<string, Tolerances>>();

  constructor(project: Project) {
    this.#project = project;
  }

  async of({ case: { specFile, spec } }: CaseRecord): Promise<Tolerances> {
    let specs = this.#byFile.get(specFile);
    if (specs === undefined) {
      const cases = await loadSpecFile(join(this.#project.root, specFile), this.#project, importSpecModule);
      specs = new Map(cases.map((testCase) => [testCase.spec.name, testCase.spec]));
      this.#byFile.set(specFile, specs);
    }
    const found = specs.get(spec);
    if (found) return found;
    throw new ToleranceOptionError(`${specFile} no longer has the spec "${spec}"`, {
      hint: 'Say which tolerance to use: --tolerance fp16',
    });
  }
}
