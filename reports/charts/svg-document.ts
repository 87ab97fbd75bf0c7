import { escapeMarkup } from '../facts/escape-markup.ts';

export interface SvgDocument {
  readonly width: number;
  readonly height: number;
  /** What the picture is, for screen readers and as a tooltip. */
  readonly title: string;
  /** What the picture shows, in words and numbers. */
  readonly description: string;
  /** Markup, already escaped. */
  readonly body: string;
}

// The card brings its own background, so that its text is readable on whatever page shows it. Every rule is scoped to
// the class, because an SVG inside HTML shares its styles with the page.
const style = `
.hil-chart{font:12px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif;--card:#fff;--ink:#1f2328;--faint:#656d76;--line:#d8dee4;--golden:#3b6fb6;--board:#d9722b;--bad:#c1272d}
@media (prefers-color-scheme:dark){.hil-chart{--card:#1c2128;--ink:#e6edf3;--faint:#9198a1;--line:#3d444d;--golden:#79aee8;--board:#f0a060;--bad:#ff8182}}
.hil-chart .card{fill:var(--card)}.hil-chart text{fill:var(--ink)}.hil-chart .faint{fill:var(--faint)}.hil-chart .heading{font-size:14px;font-weight:600}
.hil-chart .grid{stroke:var(--line)}.hil-chart .golden{fill:var(--golden)}.hil-chart .board{fill:var(--board)}.hil-chart text.bad,.hil-chart .bad{fill:var(--bad)}.hil-chart .limit{stroke:var(--bad);stroke-dasharray:4 3}
.hil-chart .end{text-anchor:end}.hil-chart .middle{text-anchor:middle}`;

/** A whole SVG file: no scripts, nothing from outside, readable on light and dark pages. */
export function svgDocument({ width, height, title, description, body }: SvgDocument): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" class="hil-chart" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escapeMarkup(title)}</title>
<desc>${escapeMarkup(description)}</desc>
<style>${style}
</style>
<rect class="card" width="${width}" height="${height}" rx="6"/>
${body}
</svg>
`;
}

/** One line of text; `className` holds the words of the style sheet, e.g. `faint end`. */
export function svgText(x: number, y: number, text: string, className = ''): string {
  const classes = className === '' ? '' : ` class="${className}"`;
  return `<text x="${coordinate(x)}" y="${coordinate(y)}"${classes}>${escapeMarkup(text)}</text>`;
}

export function svgBar(className: string, x: number, y: number, width: number, height: number): string {
  return `<rect class="${className}" x="${coordinate(x)}" y="${coordinate(y)}" width="${coordinate(width)}" height="${coordinate(height)}" rx="1"/>`;
}

export function svgLine(className: string, x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="${className}" x1="${coordinate(x1)}" y1="${coordinate(y1)}" x2="${coordinate(x2)}" y2="${coordinate(y2)}"/>`;
}

export function svgDot(className: string, x: number, y: number, radius: number): string {
  return `<circle class="${className}" cx="${coordinate(x)}" cy="${coordinate(y)}" r="${radius}"/>`;
}

/** Straight lines from point to point. */
export function svgPath(className: string, points: readonly (readonly [x: number, y: number])[]): string {
  const steps = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${coordinate(x)} ${coordinate(y)}`);
  return `<path class="${className}" d="${steps.join('')}"/>`;
}

const coordinate = (value: number): string => String(Number(value.toFixed(2)));
