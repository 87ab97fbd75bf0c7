import type { Explanation } from '../../harness/explain/explanation.ts';
import { tellFormat } from '../../harness/explain/summarise.ts';
import type { CaseRecord } from '../../harness/store/record.ts';

/** Lines of an explanation, each with the word that leads it; the word is empty where the line goes on with its topic. */
export interface ExplanationLine {
  readonly lead: 'why' | 'next' | 'not looked at' | '';
  readonly text: string;
}

/** What is at fault, the numbers for it, what to do, and what could not be looked at. */
export function explanationLines(explanation: Explanation): ExplanationLine[] {
  const { summary, evidence, next, remarks, layers, input } = explanation;
  const list = (lead: ExplanationLine['lead'], texts: readonly string[]): ExplanationLine[] =>
    texts.map((text, index) => ({ lead: index === 0 ? lead : '', text }));
  return [
    ...list('why', [
      ...(input?.kind === 'declared' ? input.faults.map(({ sentence }) => sentence) : [summary]),
      ...evidence,
      ...(layers ? [layers.note] : []),
    ]),
    ...list('next', next),
    ...list('not looked at', remarks),
  ];
}

/** The same as plain text; nothing for a case that was not explained. */
export const explanationText = ({ explanation }: CaseRecord): string[] =>
  explanation === undefined
    ? []
    : explanationLines(explanation).map(({ lead, text }) => (lead === '' ? `  ${text}` : `${lead}: ${text}`));

/** In one sentence what is at fault; undefined where nothing was found. */
export const knownCause = ({ explanation }: CaseRecord): string | undefined =>
  explanation === undefined || explanation.cause === 'unknown' ? undefined : explanation.summary;

/** In one sentence what a distance to the golden comes from, of a case that need not be wrong; undefined if not looked at. */
export function distanceSentence({ explanation }: CaseRecord): string | undefined {
  if (explanation === undefined) return undefined;
  const { cause, summary, format } = explanation;
  return format && (cause === 'format' || cause === 'unknown') ? tellFormat(format) : summary;
}
