import type { Assessment, Finding, ModelAssessment, OutputAssessment, StackSummary } from './assessment.ts';
import { type CaseChange, caseChange } from './case-change.ts';
import type { StackEvidence } from './evidence/evidence.ts';
import { counted } from './figures.ts';
import { type FlipSummary, flipsOf } from './flips.ts';
import { inputShift, type InputShift } from './input-shift.ts';
import { judgeShift, shiftTests } from './judge-shift.ts';
import { latencyChange } from './latency.ts';
import { modelFindings } from './model-findings.ts';
import { type ModelShift, modelShift } from './model-shift.ts';
import { type CasePair, pairCases, type UnpairedCase } from './pair-cases.ts';
import type { AcceptancePolicy } from './policy.ts';
import { powerStatements } from './power-statements.ts';
import { noiseOf } from './noise.ts';
import { holm } from './statistics/holm.ts';
import { reasonsFor, verdictOf } from './verdict.ts';

/**
 * Whether one may move from one SDK stack to another. Pure: everything it says follows from the evidence and the policy.
 * All tests of all networks stand under one correction, so that a check of many networks raises no more false alarms than
 * one of few.
 */
export function assess(
  baseline: StackEvidence,
  candidate: StackEvidence,
  policy: AcceptancePolicy,
): Assessment {
  const { pairs, unpaired } = pairCases(baseline, candidate);
  const measured = measureModels(pairs, unpaired, policy);
  const adjusted = holm(measured.flatMap(({ pValues }) => pValues));
  let next = 0;
  const models = measured.map((each) => {
    const own = adjusted.slice(next, next + each.pValues.length);
    next += each.pValues.length;
    return assessModel(each, own, policy);
  });
  const simulated = pairs.some((pair) => pair.candidate.record.target.simulated);
  const canaries = [...baseline.canaries, ...candidate.canaries];
  const findings = [
    ...canaries
      .filter(({ passed }) => !passed)
      .map(({ message, when, board, sdk }): Finding => ({
        effect: 'unfit',
        kind: 'canary',
        message: `The canary ${when} the run failed on ${board} (SDK ${sdk}): ${message}.`,
      })),
    ...models.flatMap((model) => model.findings),
    ...missingFindings(pairs.length, unpaired, policy),
  ];
  const verdict = verdictOf(findings);
  return {
    schema: 1,
    verdict,
    reasons: reasonsFor(verdict, findings, models, candidate.label),
    baseline: summaryOf(baseline),
    candidate: summaryOf(candidate),
    simulated,
    models,
    findings,
    unpaired,
    canaries,
    noise: noiseOf(models.flatMap(({ changes }) => changes)),
    power: powerStatements(models, policy),
    policy,
  };
}

interface MeasuredModel {
  readonly name: string;
  readonly pairs: readonly CasePair[];
  readonly unpaired: number;
  readonly shifts: readonly { readonly output: string; readonly shift: ModelShift }[];
  readonly flips: FlipSummary | undefined;
  readonly changes: readonly CaseChange[];
  /** Of every test on the network: each output's shifts in order, then the flips. */
  readonly pValues: readonly number[];
}

function measureModels(
  pairs: readonly CasePair[],
  unpaired: readonly UnpairedCase[],
  policy: AcceptancePolicy,
): MeasuredModel[] {
  const names = new Set([
    ...pairs.map((pair) => pair.baseline.record.case.spec),
    ...unpaired.map(({ spec }) => spec),
  ]);
  return [...names].map((name) => {
    const own = pairs.filter((pair) => pair.baseline.record.case.spec === name);
    const shiftsOfCases = own.map(shiftsOfPair);
    const changes = own.map((pair, i) => caseChange(pair, shiftsOfCases[i]!));
    const flips = flipsOf(changes, policy);
    const shifts = shiftsByOutput(shiftsOfCases, policy);
    return {
      name,
      pairs: own,
      unpaired: unpaired.filter(({ spec }) => spec === name).length,
      shifts,
      flips,
      changes,
      pValues: [
        ...shifts.flatMap(({ shift }) => shiftTests(shift).map(({ estimate }) => estimate.p)),
        ...(flips === undefined ? [] : [flips.p]),
      ],
    };
  });
}

/** What one case says of each of its outputs. */
const shiftsOfPair = ({ baseline, outputs }: CasePair): ReadonlyMap<string, InputShift> =>
  new Map(
    outputs.flatMap((sides) => {
      const shift = inputShift(baseline, sides.baseline, sides.candidate);
      return shift === undefined ? [] : [[sides.baseline.name, shift] as const];
    }),
  );

function shiftsByOutput(
  cases: readonly ReadonlyMap<string, InputShift>[],
  { confidence }: AcceptancePolicy,
): MeasuredModel['shifts'] {
  const names = new Set(cases.flatMap((shifts) => [...shifts.keys()]));
  return [...names].map((output) => ({
    output,
    shift: modelShift(
      cases.flatMap((shifts) => shifts.get(output) ?? []),
      confidence,
    ),
  }));
}

function assessModel(
  { name, pairs, unpaired, shifts, flips, changes, pValues }: MeasuredModel,
  adjusted: readonly number[],
  policy: AcceptancePolicy,
): ModelAssessment {
  const format = pairs[0]?.baseline.record.target.format ?? 'hybrid';
  const simulated = pairs.some(({ candidate }) => candidate.record.target.simulated);
  let next = 0;
  const outputs = shifts.map(({ output, shift }): OutputAssessment => {
    const count = shiftTests(shift).length;
    const judgements = judgeShift(shift, adjusted.slice(next, next + count), format, policy);
    next += count;
    return { output, shift, judgements };
  });
  const latency = latencyChange(changes, policy.confidence);
  const flipsP = flips === undefined ? 1 : (adjusted[pValues.length - 1] ?? 1);
  const facts = {
    name,
    pairs: pairs.length,
    simulated,
    outputs,
    flips,
    flipsP,
    latency,
    changes,
    classNames: classNamesOf(pairs),
  };
  const findings = modelFindings(facts, policy);
  return {
    name,
    format,
    pairs: pairs.length,
    unpaired,
    modelChanged: changes.some(({ before, after }) => before.boardModel !== after.boardModel),
    outputs,
    flips,
    latency,
    changes,
    findings,
    verdict: verdictOf(findings),
  };
}

const classNamesOf = (pairs: readonly CasePair[]): Readonly<Record<number, string>> =>
  Object.assign({}, ...pairs.map(({ candidate }) => candidate.record.classNames ?? {})) as Record<
    number,
    string
  >;

function missingFindings(
  pairs: number,
  unpaired: readonly UnpairedCase[],
  { maxMissing }: AcceptancePolicy,
): Finding[] {
  if (pairs === 0)
    return [{ effect: 'data', kind: 'no-pairs', message: 'No case could be compared on both stacks.' }];
  if (unpaired.length === 0) return [];
  const [first] = unpaired;
  const missing = unpaired.length / (pairs + unpaired.length);
  const message = `${counted(unpaired.length, 'case')} of ${pairs + unpaired.length} could not be compared, e.g. ${first!.name}: ${first!.reason}.`;
  return [{ effect: missing > maxMissing ? 'data' : 'marginal', kind: 'unpaired', message }];
}

function summaryOf({ label, runs, cases }: StackEvidence): StackSummary {
  const targets = cases.map(({ record }) => record.target);
  const distinct = (texts: readonly (string | undefined)[]) => [
    ...new Set(texts.filter((text): text is string => text !== undefined && text !== '')),
  ];
  return {
    label,
    runs,
    boards: distinct(targets.map(({ board, simulated }) => (simulated ? `${board} (simulated)` : board))),
    versions: distinct(
      targets.flatMap(({ stack }) => [
        stack?.api.text,
        stack && `driver ${stack.driver.text}`,
        stack?.toolkit && `toolkit ${stack.toolkit.text}`,
      ]),
    ),
  };
}
