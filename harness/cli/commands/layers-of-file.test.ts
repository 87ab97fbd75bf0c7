import { expect, test } from 'vitest';
import type { LayerAnalysis } from '../../layers/layer-analysis.ts';
import { tinyProject, tinySpec } from '../e2e/tiny-project.ts';
import { vendorFileProject } from '../e2e/vendor-file-project.ts';
import { cli } from '../fake-io.ts';

const rowsOf = (text: string) =>
  (JSON.parse(text) as { readonly stacks: readonly { readonly analysis: LayerAnalysis }[] }[])[0]!.stacks[0]!
    .analysis.rows;

test('shows of each layer what the conversion did and what the board', async () => {
  using place = vendorFileProject();

  const shown = await cli(place.root, 'layers', 'small-i16', '--board', 'shifted');
  const told = await cli(place.root, 'layers', 'small-i16', '--board', 'shifted', '--json');

  expect(shown.code).toBe(0);
  expect(shown.stdout).toMatch(/^ +# +layer +computes +sure +float→file +file→board +float→board +alone /m);
  expect(shown.stdout).toMatch(
    /There the conversion explains [\d.]+ % of the [\d.]+ %; the board adds [\d.]+ %\./,
  );
  for (const line of shown.stdout.split('\n').filter((each) => /^[> ] +\d+ /.test(each)))
    expect(line.length).toBeLessThanOrEqual(120);
  const rows = rowsOf(told.stdout);
  const wrong = rows.findIndex(({ excess }) => excess > 1);
  expect(rows.every(({ converted }) => converted)).toBe(true);
  // Up to the wrong layer a virtual board does what the file says; there it is up to 1.3 times as large.
  for (const { converted } of rows.slice(0, wrong)) expect(converted!.toBoard.maxAbsError).toBe(0);
  // Without the values that its format then clips it would be 0.3.
  expect(rows[wrong]!.value).toBe('Fc_class');
  expect(rows[wrong]!.converted!.toBoard.relative).toBeGreaterThan(0.2);
  expect(rows[wrong]!.converted!.fromReference.relative).toBeLessThan(0.01);
});

test('a file of our own has no such columns', async () => {
  using place = tinyProject({ tiny: tinySpec('tiny') });

  const { stdout } = await cli(place.root, 'layers', 'up');

  expect(stdout).toContain('with all before');
  expect(stdout).not.toContain('float→file');
});
