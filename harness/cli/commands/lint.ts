import { join } from 'node:path';
import { summariseUnseenFaults } from '../../../reports/facts/unseen-faults.ts';
import { compareOutputs, type CompareOptions } from '../../compare/compare.ts';
import { findUnseenFaults } from '../../compare/inject-faults.ts';
import { judge } from '../../compare/judge.ts';
import { measureSensitivity, type Sensitivity } from '../../compare/sensitivity.ts';
import { createGoldenCache } from '../../golden/golden-cache.ts';
import { createGoldenProvider } from '../../golden/golden-provider.ts';
import { createGoldenStore } from '../../golden/golden-store.ts';
import { prepareInput } from '../../input/prepare-input.ts';
import { readBoardOutputs } from '../../pipeline/judge-case.ts';
import { obtainReference } from '../../pipeline/reference-branch.ts';
import { checkSpecs } from '../../inspect/against-spec/check-specs.ts';
import type { Finding } from '../../inspect/against-spec/finding.ts';
import { loadProject, type Project } from '../../project/project.ts';
import { createOnnxRuntimeEngine } from '../../reference/onnx-runtime-engine.ts';
import type { Case } from '../../spec/case.ts';
import { readCapture } from '../../store/capture.ts';
import type { CaseRecord, UnseenFault } from '../../store/record.ts';
import { readRecords } from '../../store/record-journal.ts';
import { findRunFolder, listRuns } from '../../store/run-folder.ts';
import { dequantise } from '../../tensor/dequantise.ts';
import { notQuantised } from '../../tensor/quantisation.ts';
import type { NamedTensors } from '../../tensor/tensor.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';
import { planChosenCases } from '../plan-chosen-cases.ts';
import { warnAboutModels } from '../warn-about-models.ts';

export interface LintOptions {
  readonly run: string;
  readonly json?: true;
}

/** What the tolerance of one case lets through. */
interface LintedCase {
  readonly case: string;
  readonly spec: string;
  /** `board`: outputs that a board gave; `golden`: no board has answered yet, or not within tolerance. */
  readonly testedOn: 'board' | 'golden';
  /** Where the spec contradicts what its model file bakes in. */
  readonly modelFindings: readonly Finding[];
  readonly unseenFaults: readonly UnseenFault[];
  readonly sensitivity: readonly Sensitivity[];
}

/**
 * `hil lint`: loads the specs with every check that needs no board, then tests their tolerances on the outputs that
 * boards gave in a stored run, or on the goldens where there are none.
 */
export async function lintCommand(words: readonly string[], options: LintOptions, io: Io): Promise<ExitCode> {
  const project = loadProject(io.cwd);
  const planned = await planChosenCases(project, words, io);
  const misfits = await checkSpecs(planned);
  const captured = capturedRecords(project, options.run);
  const engine = createOnnxRuntimeEngine();
  const goldens = createGoldenProvider({
    engine,
    store: createGoldenStore(project.goldenFolder),
    cache: createGoldenCache(join(project.stateFolder, 'cache', 'golden')),
  });
  const previous = new Map<string, NamedTensors>();
  const linted: LintedCase[] = [];
  for (const { case: testCase } of planned) {
    io.signal.throwIfAborted();
    const prepared = await prepareInput(testCase.input, testCase.spec);
    const golden = await obtainReference(
      testCase,
      prepared,
      { engine, goldens, update: false },
      { signal: io.signal },
    );
    const answer = await boardAnswer(testCase, captured.get(testCase.name), golden.outputs, project);
    const outputs = answer?.board ?? withFloats(golden.outputs);
    const tolerance: CompareOptions = { ...testCase.spec, listed: answer?.listed };
    linted.push({
      case: testCase.name,
      spec: testCase.spec.name,
      testedOn: answer === undefined ? 'golden' : 'board',
      modelFindings: misfits.find(({ name }) => name === testCase.spec.name)?.findings ?? [],
      unseenFaults: findUnseenFaults(golden.outputs, outputs, previous.get(testCase.spec.name), tolerance),
      sensitivity: measureSensitivity(golden.outputs, outputs, tolerance),
    });
    previous.set(testCase.spec.name, outputs);
  }
  warnAboutModels(misfits, io);
  if (options.json) io.stdout.write(`${JSON.stringify(linted, undefined, 2)}\n`);
  else printLint(linted, io);
  return exitCodes.ok;
}

function capturedRecords(project: Project, run: string): Map<string, CaseRecord> {
  if (run === 'latest' && listRuns(project.stateFolder).length === 0) return new Map();
  const records = readRecords(findRunFolder(project.stateFolder, run));
  return new Map(records.map((record) => [record.case.name, record]));
}

/** What the board gave, if it is within tolerance: what does not pass as it is shows nothing about faults. */
async function boardAnswer(
  { spec }: Case,
  record: CaseRecord | undefined,
  golden: NamedTensors,
  project: Project,
): Promise<ReturnType<typeof readBoardOutputs> | undefined> {
  if (record?.capture === undefined) return undefined;
  const capture = await readCapture(join(project.root, record.capture), project.stateFolder);
  const answer = readBoardOutputs(golden, capture.outputs);
  const comparison = compareOutputs(golden, answer.board, { ...spec, listed: answer.listed });
  return judge(comparison).verdict === 'passed' ? answer : undefined;
}

const withFloats = (outputs: NamedTensors): NamedTensors =>
  new Map(
    [...outputs].map(([name, value]) => [
      name,
      value.dtype.startsWith('float') ? dequantise(value, notQuantised) : value,
    ]),
  );

function printLint(linted: readonly LintedCase[], io: Io): void {
  const onBoards = linted.filter(({ testedOn }) => testedOn === 'board').length;
  io.stdout.write(
    `${linted.length} cases are sound; tolerances tested on ${onBoards} answers of boards and ${linted.length - onBoards} goldens.\n\n`,
  );
  const blind = summariseUnseenFaults(
    linted.map(({ spec, unseenFaults }) => ({ case: { spec }, unseenFaults })),
  );
  for (const { spec, sentence } of blind) io.stdout.write(`${spec}: ${sentence}\n`);
  if (blind.length === 0) io.stdout.write('Every injected fault would be seen.\n');

  io.stdout.write('\nHow far the largest value can fall before the tolerance notices:\n');
  for (const { spec, cases } of bySpec(linted)) {
    const worst = cases
      .flatMap(({ case: name, sensitivity }) => sensitivity.map((entry) => ({ name, ...entry })))
      .sort(byLoss)[0];
    if (worst === undefined) continue;
    const { name, output, at, unseenSteps, unseenValue } = worst;
    io.stdout.write(
      `  ${spec}: ${output} ${figure(at.board)} -> ${figure(unseenValue)} (${unseenSteps} fp16 steps) in ${name}\n`,
    );
  }
}

const byLoss = (a: Sensitivity, b: Sensitivity) =>
  Math.abs(b.at.board - b.unseenValue) - Math.abs(a.at.board - a.unseenValue);

function bySpec(linted: readonly LintedCase[]): { spec: string; cases: LintedCase[] }[] {
  const groups = new Map<string, LintedCase[]>();
  for (const entry of linted) groups.set(entry.spec, [...(groups.get(entry.spec) ?? []), entry]);
  return [...groups].map(([spec, cases]) => ({ spec, cases }));
}

const figure = (value: number) => Number(value.toPrecision(4));
