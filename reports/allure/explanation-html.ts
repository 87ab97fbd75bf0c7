import type { InputFinding, InputTrial } from '../../harness/explain/explanation.ts';
import { tellDistance, tellValues } from '../../harness/explain/summarise.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { escapeMarkup } from '../facts/escape-markup.ts';

/** Why a case is off, as HTML: what is at fault, what to do, the numbers, and the wrong inputs that come nearest. */
export function describeExplanation({ explanation }: CaseRecord): string {
  if (explanation === undefined) return '';
  const { summary, evidence, next, remarks, input, layers } = explanation;
  return [
    `<p><strong>Why:</strong> ${escapeMarkup(summary)}.</p>`,
    list(evidence),
    next.length > 0 ? `<p><strong>Next:</strong></p>\n${list(next)}` : '',
    input ? describeTrials(input) : '',
    layers ? `<p>${escapeMarkup(layers.note)}</p>` : '',
    remarks.length > 0 ? `<p>Not looked at, or with a doubt:</p>\n${list(remarks)}` : '',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function describeTrials({ trials, golden, board, boardDistance, output, unit, tried }: InputFinding): string {
  if (trials.length === 0) return '';
  const row = (what: string, values: InputTrial['values'], distance: number, explained: string) =>
    `<tr>${[what, tellValues(values), tellDistance(distance, unit), explained].map((cell) => `<td>${escapeMarkup(cell)}</td>`).join('')}</tr>`;
  return [
    `<h4>Which input gives the board’s answer</h4>`,
    `<p>The reference was given ${tried} wrong inputs; these come nearest to the board at ${escapeMarkup(output)}.</p>`,
    '<table><thead><tr><th>input</th><th>answer</th><th>from the board</th><th>explains</th></tr></thead><tbody>',
    row('(the board itself)', board, 0, ''),
    ...trials.map(({ description, values, distance, explained }) =>
      row(description, values, distance, explained > 0 ? `${(100 * explained).toFixed(1)} %` : 'nothing'),
    ),
    row('the right input', golden, boardDistance, ''),
    '</tbody></table>',
  ].join('\n');
}

const list = (texts: readonly string[]): string =>
  texts.length === 0 ? '' : `<ul>${texts.map((text) => `<li>${escapeMarkup(text)}</li>`).join('')}</ul>`;
