import { expect, test } from 'vitest';
import { canRedraw, coloursFor, usableWidth } from './appearance.ts';

const terminal = { write: () => true, isTTY: true, columns: 100 };
const pipe = { write: () => true };

test.each([
  { what: 'a terminal', output: terminal, env: {}, colours: true, redraw: true },
  { what: 'a pipe', output: pipe, env: {}, colours: false, redraw: false },
  { what: 'NO_COLOR', output: terminal, env: { NO_COLOR: '1' }, colours: false, redraw: true },
  { what: 'an empty NO_COLOR', output: terminal, env: { NO_COLOR: '' }, colours: true, redraw: true },
  { what: 'CI on a terminal', output: terminal, env: { CI: '1' }, colours: false, redraw: false },
  { what: 'CI=false', output: terminal, env: { CI: 'false' }, colours: true, redraw: true },
  {
    what: 'FORCE_COLOR in CI',
    output: pipe,
    env: { CI: '1', FORCE_COLOR: '1' },
    colours: true,
    redraw: false,
  },
  { what: 'FORCE_COLOR=0', output: terminal, env: { FORCE_COLOR: '0' }, colours: false, redraw: true },
  {
    what: 'FORCE_COLOR with NO_COLOR',
    output: pipe,
    env: { FORCE_COLOR: '1', NO_COLOR: '1' },
    colours: true,
    redraw: false,
  },
  { what: 'a dumb terminal', output: terminal, env: { TERM: 'dumb' }, colours: false, redraw: false },
])('$what: colours $colours, redrawing $redraw', ({ output, env, colours, redraw }) => {
  expect(coloursFor(output, env).isColorSupported).toBe(colours);
  expect(coloursFor(output, env).red('x') !== 'x').toBe(colours);
  expect(canRedraw(output, env)).toBe(redraw);
});

test('tables are as wide as the terminal, 120 in a log, and never under 60', () => {
  expect(usableWidth(terminal)).toBe(100);
  expect(usableWidth(pipe)).toBe(120);
  expect(usableWidth({ ...terminal, columns: 40 })).toBe(60);
});
