import type { InputFinding, InputTrial } from '../../harness/explain/explanation.ts';
import { tellDistance, tellValues } from '../../harness/explain/summarise.ts';
import { linearAxis } from '../charts/axis.ts';
import { svgBar, svgDocument, svgLine, svgText } from '../charts/svg-document.ts';

const width = 760;
const left = 24;
const plotWidth = 520;
const top = 74;
const rowHeight = 44;

/** How far from the board's answer the reference is with each wrong input, and with the right one: short is alike. */
export function trialsPlot(input: InputFinding): string {
  const { trials, golden, boardDistance, unit, output, board, tried } = input;
  const rows: readonly Pick<InputTrial, 'description' | 'distance' | 'values'>[] = [
    ...trials,
    { description: 'the right input', distance: boardDistance, values: golden },
  ];
  const axis = linearAxis(
    rows.map(({ distance }) => distance),
    plotWidth,
  );
  const bottom = top + rows.length * rowHeight;
  const answered = tellValues(board);
  const facts = `distance at ${output} from the board’s answer${answered === '' ? '' : ` (${answered})`}; the nearest of ${tried} wrong inputs`;
  return svgDocument({
    width,
    height: bottom + 40,
    title: 'Which input gives the board’s answer',
    description: rows
      .map(({ description, distance }) => `${description}: ${tellDistance(distance, unit)}`)
      .join('; '),
    body: [
      svgText(16, 26, 'Which input gives the board’s answer', 'heading'),
      svgText(16, 46, facts, 'faint'),
      ...axis.ticks.flatMap(({ value, label }) => {
        const x = left + axis.position(value);
        return [
          svgLine('grid', x, top - 8, x, bottom),
          svgText(x, bottom + 18, value === 0 ? '0' : label, 'faint middle'),
        ];
      }),
      ...rows.flatMap(({ description, distance, values }, place) => {
        const y = top + place * rowHeight;
        const long = axis.position(distance);
        const answers = values.length > 0 ? `: ${tellValues(values)}` : '';
        return [
          svgText(left, y + 12, `${description}${answers}`),
          svgBar(place === rows.length - 1 ? 'golden' : 'board', left, y + 18, Math.max(1.5, long), 12),
          svgText(left + plotWidth + 16, y + 28, tellDistance(distance, unit), 'faint'),
        ];
      }),
    ].join('\n'),
  });
}
