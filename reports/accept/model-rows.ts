import type { Assessment, ModelAssessment, OutputAssessment } from '../../harness/accept/assessment.ts';
import type { CaseChange } from '../../harness/accept/case-change.ts';
import { percent, plain, signed, signedPercent } from '../../harness/accept/figures.ts';
import { shiftKinds, type ShiftJudgement, type ShiftKind } from '../../harness/accept/judge-shift.ts';

/** One network in one line; what cannot be told is a dash. */
export interface ModelRow {
  readonly network: string;
  readonly inputs: string;
  readonly scale: string;
  readonly offset: string;
  readonly error: string;
  readonly flips: string;
  readonly latency: string;
  readonly verdict: string;
}

export const modelColumns: readonly (readonly [key: keyof ModelRow, title: string])[] = [
  ['network', 'network'],
  ['inputs', 'inputs'],
  ['scale', 'scale of logits'],
  ['offset', 'class offset, nats'],
  ['error', 'mean error, nats'],
  ['flips', 'flips: fixed/broken/sideways'],
  ['latency', 'NPU time'],
  ['verdict', 'verdict'],
];

/** A line for each output of each network. */
export function modelRows({ models, simulated }: Assessment): ModelRow[] {
  return models.flatMap((model) => {
    const outputs: (OutputAssessment | undefined)[] =
      model.outputs.length > 0 ? [...model.outputs] : [undefined];
    return outputs.map((output) => modelRow(model, output, simulated));
  });
}

function modelRow(
  model: ModelAssessment,
  output: OutputAssessment | undefined,
  simulated: boolean,
): ModelRow {
  const { flips, latency } = model;
  const error = output?.shift.error;
  return {
    network: model.outputs.length > 1 ? `${model.name} › ${output?.output ?? ''}` : model.name,
    inputs: `${model.pairs}${model.unpaired > 0 ? ` of ${model.pairs + model.unpaired}` : ''}`,
    scale: withMark(output, 'scale', signedPercent),
    offset: withMark(output, 'offset', signed),
    error:
      error === undefined
        ? '-'
        : `${plain(error.before)} → ${plain(error.after)}${mark(judgementOf(output, 'error'))}`,
    flips: flips === undefined ? '-' : `${flips.fixed}/${flips.broken}/${flips.sideways}`,
    latency: simulated ? 'not simulated' : latency === undefined ? '-' : signedPercent(latency.factor - 1),
    verdict: model.verdict,
  };
}

function withMark(
  output: OutputAssessment | undefined,
  kind: Exclude<ShiftKind, 'error'>,
  show: (value: number) => string,
): string {
  const judgement = judgementOf(output, kind);
  return judgement === undefined
    ? '-'
    : `${judgement.estimate.value === 0 ? '0' : show(judgement.estimate.value)}${mark(judgement)}`;
}

const judgementOf = (output: OutputAssessment | undefined, kind: ShiftKind): ShiftJudgement | undefined =>
  output?.judgements.find((judgement) => judgement.kind === kind);

/** `!` beyond chance and margin, `~` beyond chance only. */
function mark(judgement: ShiftJudgement | undefined): string {
  if (judgement === undefined || judgement.finding === 'none') return '';
  return judgement.finding === 'shifted' ? ' !' : ' ~';
}

export const markLegend = '! beyond chance and beyond the margin; ~ beyond chance, below the margin';

/** One tested shift, for tables that show its interval. */
export interface ShiftRow {
  readonly network: string;
  readonly what: ShiftKind;
  readonly judgement: ShiftJudgement;
}

export const shiftRows = ({ models }: Assessment): ShiftRow[] =>
  shiftKinds.flatMap((kind) =>
    models.flatMap((model) =>
      model.outputs.flatMap((output) => {
        const judgement = judgementOf(output, kind);
        const network = model.outputs.length > 1 ? `${model.name} › ${output.output}` : model.name;
        return judgement === undefined ? [] : [{ network, what: kind, judgement }];
      }),
    ),
  );

/** Cases whose error grew or that use more of their tolerance although they pass, the largest growth first. */
export function worseInsideTolerance({ models }: Assessment): CaseChange[] {
  return models
    .flatMap(({ changes }) => changes)
    .filter(({ trend, after }) => trend === 'worse' && after.verdict === 'passed')
    .sort((a, b) => growthOf(b) - growthOf(a));
}

const growthOf = ({ before, after }: CaseChange): number => {
  const growth = after.used - before.used;
  return Number.isNaN(growth) ? 0 : growth;
};

/** What a list of cases shows: shares of the tolerance, error, top-1. */
export function caseCells(change: CaseChange): {
  readonly name: string;
  readonly used: string;
  readonly error: string;
  readonly top1: string;
} {
  const { before, after, outputs } = change;
  const error = outputs.find((output) => output.error)?.error;
  const top1 = outputs.find((output) => output.top1)?.top1;
  return {
    name: change.name,
    used: `${shareOf(before.used)} → ${shareOf(after.used)}`,
    error: error === undefined ? '-' : `${plain(error[0])} → ${plain(error[1])}`,
    top1:
      top1 === undefined
        ? '-'
        : `${top1.before.index} (${plain(top1.before.value)}) → ${top1.after.index} (${plain(top1.after.value)}), golden ${top1.golden.index} (${plain(top1.golden.value)})`,
  };
}

const shareOf = (used: number): string =>
  Number.isFinite(used) ? percent(Math.round(used * 100) / 100) : 'over';

/** What must stand above every report of simulated results. */
export const simulationWarning = 'Simulated boards: this says nothing about a real NPU or a real SDK.';
