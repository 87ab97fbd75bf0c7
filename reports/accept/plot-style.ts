import { svgLine, svgText } from '../charts/svg-document.ts';
import type { Tick } from '../charts/axis.ts';

/** Marks that the charts' common style sheet lacks; scoped like it. */
export const plotStyle = `<style>
.hil-chart .mark{stroke:var(--board);stroke-width:2}.hil-chart .was{stroke:var(--golden);stroke-width:2}.hil-chart path{fill:none}
.hil-chart .band{fill:var(--line);opacity:.45}.hil-chart .zero{stroke:var(--faint)}.hil-chart .bad-mark{stroke:var(--bad);stroke-width:2.5}
</style>`;

/** Vertical lines at the ticks, labels below. */
export function svgTicks(
  ticks: readonly Tick[],
  left: number,
  top: number,
  bottom: number,
  position: (value: number) => number,
): string {
  return ticks
    .map(({ value, label }) => {
      const x = left + position(value);
      return `${svgLine('grid', x, top, x, bottom)}\n${svgText(x, bottom + 16, label, 'faint middle')}`;
    })
    .join('\n');
}

export const shortened = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;
