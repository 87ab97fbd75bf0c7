import type { Target } from '../board/choose-target.ts';
import { bestClasses } from '../compare/best-classes.ts';
import { realNumbers } from '../compare/real-numbers.ts';
import { rowsOf } from '../compare/rows.ts';
import type { Conversion } from '../explain/conversion.ts';
import type { Explanation } from '../explain/explanation.ts';
import type { Golden } from '../golden/golden.ts';
import type { PreparedInput } from '../input/prepare-input.ts';
import { relativePath } from '../project/path-in-project.ts';
import type { Case } from '../spec/case.ts';
import type { CaseRecord } from '../store/record.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import type { FailureVerdict } from './classify-failure.ts';
import type { Judgement } from './judge-case.ts';
import type { BoardAnswer } from './run-on-board.ts';
import type { StageClock } from './stage-clock.ts';

/** What every record of a case says, however the case ends. */
export interface RecordBasis {
  readonly testCase: Case;
  readonly run: string;
  readonly target: Target;
  readonly startedAt: Date;
  readonly clock: StageClock;
  readonly attempts: CaseRecord['attempts'];
}

/** A case that was compared with its golden. */
export function judgedRecord(
  basis: RecordBasis,
  parts: {
    readonly prepared: PreparedInput;
    readonly golden: Golden;
    readonly answer: BoardAnswer;
    readonly judgement: Judgement;
    /** Absolute folder of the capture. */
    readonly folder: string;
    /** SHA-256 of the capture's document. */
    readonly captureSha256: string;
    readonly conversion: Conversion | undefined;
    readonly explanation: Explanation | undefined;
  },
): CaseRecord {
  const { prepared, golden, answer, judgement, folder, captureSha256, conversion, explanation } = parts;
  const record = baseRecord(basis);
  const { engine, seal } = golden.manifest;
  const ranking = judgement.comparison.outputs.find((output) => output.ranking)?.ranking;
  const [goldenTop, boardTop] = [ranking?.goldenTop[0], ranking?.boardTop[0]];
  const { stack } = answer;
  return {
    ...record,
    verdict: judgement.verdict,
    ...(judgement.verdict === 'failed' ? { class: 'precision' as const } : {}),
    marginal: judgement.marginal,
    ...(judgement.reason === undefined ? {} : { reason: judgement.reason }),
    target: { ...record.target, identity: answer.session.identity, stack },
    comparison: judgement.comparison,
    ...(conversion === undefined ? {} : { conversion }),
    ...(explanation === undefined ? {} : { explanation }),
    ...namedClasses(basis.testCase.spec.classNames, golden.outputs, judgement),
    ...(goldenTop && boardTop ? { top1: { golden: goldenTop, board: boardTop } } : {}),
    unseenFaults: judgement.unseenFaults,
    toleranceUntested: judgement.untested,
    golden: {
      id: golden.id,
      source: golden.source,
      engine: `${engine.name} ${engine.version}`,
      sealedWithin: seal.maxAbsDifference,
    },
    hashes: {
      ...record.hashes,
      referenceModel: golden.manifest.model,
      boardModel: answer.modelSha256,
      ...(answer.commandSha256 === undefined ? {} : { command: answer.commandSha256 }),
      input: prepared.sourceSha256,
      preprocess: golden.manifest.preprocess,
    },
    timings: {
      ...record.timings,
      npuTimeUs: answer.result.runs.flatMap((run) => run.npuTimeUs ?? []),
      uploadedBytes: answer.uploadedBytes,
    },
    ...(Object.keys(answer.conditions).length === 0 ? {} : { conditions: answer.conditions }),
    capture: relativePath(basis.testCase.spec.root, folder),
    captureSha256,
    ...(answer.log === '' ? {} : { log: answer.log }),
  };
}

/** How many classes of each side reports show. */
const shownClasses = 10;

/** Names of the classes that reports will show; the whole list would not fit into every record. */
function namedClasses(
  names: readonly string[],
  golden: NamedTensors,
  { comparison, board }: Judgement,
): Pick<CaseRecord, 'classNames'> {
  if (names.length === 0) return {};
  const shown: Record<number, string> = {};
  for (const { name, shape, ranking, given } of comparison.outputs) {
    if (ranking === undefined) continue;
    const { length } = rowsOf(shape);
    for (const { index } of given ? ranking.boardTop : []) if (names[index]) shown[index] = names[index];
    for (const side of [golden.get(name), given ? undefined : board.get(name)]) {
      if (side === undefined) continue;
      for (const index of bestClasses(
        realNumbers(side),
        ranking.row * length,
        length,
        Math.min(shownClasses, length),
      )) {
        const className = names[index];
        if (className) shown[index] = className;
      }
    }
  }
  return { classNames: shown };
}

/** A case that reached no comparison. */
export function brokenRecord(basis: RecordBasis, failure: FailureVerdict, log: string): CaseRecord {
  return {
    ...baseRecord(basis),
    verdict: failure.verdict,
    class: failure.class,
    reason: failure.reason,
    error: failure.error,
    ...(log === '' ? {} : { log }),
  };
}

export const skippedRecord = (basis: RecordBasis, reason: string): CaseRecord => ({
  ...baseRecord(basis),
  verdict: 'skipped',
  reason,
});

/** A case that had begun when the harness ended. */
export const unknownRecord = (basis: RecordBasis, reason: string): CaseRecord => ({
  ...baseRecord(basis),
  verdict: 'unknown',
  reason,
});

function baseRecord({
  testCase,
  run,
  target,
  startedAt,
  clock,
  attempts,
}: RecordBasis): Omit<CaseRecord, 'verdict'> {
  const { name, spec, input } = testCase;
  const { declaration } = spec;
  return {
    schema: 1,
    run,
    case: {
      name,
      spec: spec.name,
      input: input.name,
      specFile: relativePath(spec.root, spec.file),
      inputFile: relativePath(spec.root, input.path),
      description: declaration.description,
    },
    marginal: false,
    target: {
      board: target.board.name,
      sdk: target.sdk,
      simulated: target.board.simulated,
      format: declaration.model.format,
    },
    hashes: { spec: spec.sha256 },
    timings: {
      startedAt: startedAt.toISOString(),
      totalMs: clock.totalMs,
      stagesMs: clock.stagesMs,
      npuTimeUs: [],
      uploadedBytes: 0,
    },
    attempts,
    labels: Object.fromEntries(
      Object.entries(declaration.labels).map(([label, value]) => [label, [value].flat()]),
    ),
    tags: declaration.tags,
    owner: declaration.owner,
    severity: declaration.severity,
    links: declaration.links,
    knownIssue: declaration.knownIssue,
  };
}
