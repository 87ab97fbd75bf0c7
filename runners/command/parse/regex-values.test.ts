import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRegexValues } from './regex-values.ts';

test('takes a value from every match', async () => {
  const { tensor, listing } = await parseRegexValues(
    'logit -1.5\nnoise\nlogit 2e3\nlogit nan\n',
    {
      pattern: '^logit (?<value>.+)$',
    },
    {},
  );

  expect(listing).toEqual({ kind: 'all' });
  expect([...tensor.data]).toEqual([-1.5, 2000, NaN]);
});

test('takes places where the expression names them', async () => {
  const { tensor, listing } = await parseRegexValues(
    'class=12 score=0.5; class=3 score=0.25',
    { pattern: 'class=(?<index>\\d+) score=(?<value>[\\d.]+)' },
    {},
  );

  expect(listing).toEqual({ kind: 'some', places: [12, 3] });
  expect([...tensor.data]).toEqual([0.5, 0.25]);
});

test.each([
  ['nothing here', '(?<value>\\d)', 'nothing in it matches (?<value>\\d)'],
  ['a 1\nb 0,5\n', '^\\w (?<value>.+)$', 'line 2, "b 0,5": the value has a decimal comma'],
  ['x1 0.5', '(?<index>x\\d) (?<value>.*)', 'line 1, "x1 0.5": the index "x1" is no whole number'],
  ['1 0.5 1 0.25', '(?<index>\\d) (?<value>\\S+)', 'it lists class 1 twice'],
])('refuses %j', async (text, pattern, problem) => {
  await expect(parseRegexValues(text, { pattern }, {})).rejects.toThrow(problem);
});

test('stops an expression that would never end', async () => {
  const running = parseRegexValues(
    `${'a'.repeat(60)}!`,
    { pattern: '^(a|a)*$(?<value>)' },
    { timeoutMs: 500 },
  );

  await expect(running).rejects.toThrow(
    'the expression ^(a|a)*$(?<value>) took more than 500 ms on 61 characters and was stopped',
  );
});

test('stops when its signal aborts', async () => {
  const controller = new AbortController();
  const running = parseRegexValues(
    `${'a'.repeat(60)}!`,
    { pattern: '^(a|a)*$(?<value>)' },
    { signal: controller.signal },
  );

  setTimeout(() => controller.abort(new Error('interrupted')), 50);

  await expect(running).rejects.toThrow('interrupted');
});

test('finds what was printed, in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 999_999 }), { minLength: 1 }), async (millionths) => {
      const text = millionths.map((n) => `v=${(n / 1e6).toFixed(6)};`).join('\n');

      const { tensor } = await parseRegexValues(text, { pattern: 'v=(?<value>[^;]+);' }, {});

      expect(Array.from([...tensor.data], (value) => Math.round(Number(value) * 1e6))).toEqual(millionths);
    }),
    { numRuns: 10 },
  );
});
