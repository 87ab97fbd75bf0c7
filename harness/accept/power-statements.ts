import type { ModelAssessment } from './assessment.ts';
import { counted, percent } from './figures.ts';
import { rateConfidence } from './flips.ts';
import type { AcceptancePolicy } from './policy.ts';

/** What the data of each network could have shown: absence of a finding means no more than this. */
export function powerStatements(
  models: readonly ModelAssessment[],
  { confidence }: AcceptancePolicy,
): string[] {
  return models.flatMap((model) => [...flipStatement(model), ...shiftStatements(model, confidence)]);
}

function flipStatement({ name, flips }: ModelAssessment): string[] {
  if (flips === undefined) return [];
  const { inputs, rateBelow, toShow1Percent } = flips;
  const found = `${name}: ${counted(flips.flips.length, 'flip')} in ${counted(inputs, 'answer')}: the flip rate is below ${percent(rateBelow)} at ${percent(rateConfidence)} confidence`;
  return [
    rateBelow > 0.01 ? `${found}; ${toShow1Percent} answers without a flip would say 1 %.` : `${found}.`,
  ];
}

function shiftStatements({ name, outputs }: ModelAssessment, confidence: number): string[] {
  return outputs.flatMap(({ output, shift, judgements }) => {
    const subject = outputs.length > 1 ? `${name}, output ${output}` : name;
    if (shift.identicalInputs === shift.inputs)
      return [`${subject}: not one bit differs in ${counted(shift.inputs, 'input')}.`];
    const unchanged = `${shift.identicalInputs} of ${counted(shift.inputs, 'input')} have the same bits on both stacks`;
    const scale = judgements.find(({ kind }) => kind === 'scale');
    return scale?.detectable === undefined
      ? [`${subject}: ${unchanged}; how small a shift would show cannot be told from these data.`]
      : [
          `${subject}: a change of the logits' scale by ${percent(scale.detectable)} would be found at ${percent(confidence)} confidence in 99 of 100 such sets of ${counted(shift.inputs, 'input')}.`,
        ];
  });
}
