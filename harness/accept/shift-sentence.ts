import { counted, percent, plain, pValue, signed, signedPercent } from './figures.ts';
import type { ShiftJudgement, ShiftKind } from './judge-shift.ts';
import type { ModelShift } from './model-shift.ts';

/** Above this share of the change, a description is taken to describe it. */
const describesMost = 0.8;

/** What moved, by how much, how sure that is, and in which direction: one sentence without its subject's name. */
export function shiftSentence(
  { kind, estimate, adjustedP, worse }: ShiftJudgement,
  shift: ModelShift,
  confidence: number,
  classNames: Readonly<Record<number, string>> = {},
): string {
  const value = valueFormat(kind);
  const interval = `${percent(confidence)} interval ${value(estimate.low)} to ${value(estimate.high)}`;
  const sure = `${interval}, ${pValue(adjustedP)} after correction, ${counted(estimate.inputs, 'input')}`;
  switch (kind) {
    case 'scale': {
      const { before = NaN, after = NaN } = shift.scale ?? {};
      return `the scale of the logits changed by ${value(estimate.value)} (${sure}): from ${signedPercent(before)} to ${signedPercent(after)} of the golden's, ${direction(worse)}${doubt(shift)}`;
    }
    case 'offset': {
      const { class: label = 0, before = NaN, after = NaN } = shift.offset ?? {};
      const name = classNames[label] === undefined ? '' : ` (${classNames[label]})`;
      return `class ${label}${name} moved by ${value(estimate.value)} nats against the others (${sure}): its mean error went from ${value(before)} to ${value(after)}, ${direction(worse)}${doubt(shift)}`;
    }
    case 'error': {
      const { before = NaN, after = NaN, effect = NaN, worseInputs = 0 } = shift.error ?? {};
      return `the mean error ${worse ? 'grew' : 'shrank'} from ${plain(before)} to ${plain(after)} nats (${sure}; ${worseInputs} of ${shift.inputs} inputs worse, effect size ${plain(effect)})`;
    }
  }
}

/** How a change of this kind is written, without unit for nats. */
export const valueFormat = (kind: ShiftKind): ((value: number) => string) =>
  kind === 'scale' ? signedPercent : signed;

const direction = (worse: boolean): string => (worse ? 'away from the golden' : 'not away from the golden');

function doubt({ explained: { scale, offset } }: ModelShift): string {
  return scale > describesMost && offset > describesMost
    ? `; these inputs cannot tell a scale (${percent(scale)} of the change) from offsets of classes (${percent(offset)})`
    : '';
}
