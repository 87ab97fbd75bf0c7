import { describe, expect, test } from 'vitest';
import { createColors } from 'picocolors';
import { attributeModels } from '../../harness/accept/attribute-models.ts';
import { assess } from '../../harness/accept/assess.ts';
import {
  fakeCase,
  fakeStack,
  scattered,
  softmax,
  stackOf,
  twelveLogits,
} from '../../harness/accept/fake-evidence.ts';
import { defaultPolicy } from '../../harness/accept/policy.ts';
import { decodeNumber } from '../../harness/store/record-journal.ts';
import { assertWellFormed } from '../xml-well-formed.ts';
import { distributionPlot } from './distribution-plot.ts';
import { driftPlot } from './drift-plot.ts';
import { acceptanceFiles } from './files.ts';
import { intervalPlot } from './interval-plot.ts';
import { acceptanceMarkdown } from './markdown.ts';
import { acceptancePage } from './html.ts';
import { acceptanceText } from './text.ts';

const noisy =
  (seed: number, factor = 1) =>
  (logits: readonly number[], i: number) =>
    scattered(0.002, seed)(logits, i).map((logit) => factor * logit);
const plain = createColors(false);
const rejected = assess(stackOf('SDK 1.6.1', noisy(1)), stackOf('SDK 1.7.5', noisy(2, 0.99)), defaultPolicy);
const accepted = assess(stackOf('SDK 1.6.1', noisy(1)), stackOf('SDK 1.7.5', noisy(2)), defaultPolicy);
const simulated = { board: 'virtual', sdk: '1', simulated: true, format: 'fp16' } as const;

describe('every report says the verdict, its reasons and both stacks', () => {
  test.each([
    ['terminal', (of: typeof rejected) => acceptanceText(of, plain, 1000).join('\n')],
    ['Markdown', acceptanceMarkdown],
    ['page', acceptancePage],
  ])('%s', (_, render) => {
    const bad = render(rejected);

    for (const part of [
      'REJECTED',
      'SDK 1.6.1',
      'SDK 1.7.5',
      'the scale of the logits changed by −1',
      'away from the golden',
    ])
      expect(bad).toContain(part);
    expect(render(accepted)).toContain('ACCEPTED');
    expect(render(accepted)).not.toContain('REJECTED');
  });

  test('and the terminal’s lines fit its width', () => {
    const sentences = acceptanceText(rejected, plain, 80).filter((line) => /^(- | {2}\S)/.test(line));

    expect(sentences.filter((line) => line.length > 80)).toEqual([]);
  });
});

test('every report says what moved the result, where the grid was run', () => {
  const corner = (factor: number, model: string, seed: number) =>
    stackOf(`corner ${seed}`, noisy(seed, factor), () => ({
      record: { hashes: { spec: 's', boardModel: model } },
    }));
  const attribution = attributeModels(
    {
      oldOld: corner(1, 'a', 1),
      oldNew: corner(1, 'a', 2),
      newOld: corner(0.98, 'b', 3),
      newNew: corner(0.98, 'b', 4),
    },
    0.99,
  );
  const found = { ...rejected, attribution };

  for (const text of [
    acceptanceText(found, plain, 300).join('\n'),
    acceptanceMarkdown(found),
    acceptancePage(found),
  ]) {
    expect(text).toContain('What moved it: converter, runtime or board');
    expect(text).toMatch(/net, scale of logits, 12 cases: The result was moved by the converter by −2/);
    expect(text).toContain('interaction');
  }
  expect(acceptancePage(found)).toContain('new model, old runtime');
  expect(acceptanceMarkdown(rejected)).not.toContain('What moved it');
});

test('what is simulated says so, in every report', () => {
  const stack = (label: string) => stackOf(label, noisy(1), () => ({ record: { target: simulated } }));
  const found = assess(stack('SDK 1'), stack('SDK 2'), defaultPolicy);

  for (const text of [
    acceptanceText(found, plain, 120).join('\n'),
    acceptanceMarkdown(found),
    acceptancePage(found),
  ])
    expect(text).toContain('this says nothing about a real NPU');
});

test('cases that got worse inside their tolerance are listed', () => {
  const after = stackOf('SDK 2', (logits, i) => (i === 3 ? logits.map((logit) => 0.97 * logit) : logits));
  const found = assess(
    stackOf('SDK 1', (logits) => logits),
    after,
    defaultPolicy,
  );

  const text = acceptanceText(found, plain, 200).join('\n');

  expect(text).toMatch(/Worse inside tolerance\n- net › 3: 0 % → \d+ % of its tolerance/);
});

describe('the page', () => {
  test('is whole: no script, nothing that a browser would fetch', () => {
    const page = acceptancePage(rejected);

    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|src=/i);
    // The only addresses are names of the SVG dialect, which nobody opens.
    expect([...new Set(page.match(/https?:\/\/[^"<\s]+/g))]).toEqual(['http://www.w3.org/2000/svg']);
  });

  test('escapes what people name', () => {
    const nasty = '<b>"&\'</b>';
    const stack = (label: string) =>
      fakeStack(
        label,
        twelveLogits.map((logits, i) =>
          fakeCase({ spec: nasty, input: `${nasty}${i}`, golden: softmax(logits), board: softmax(logits) }),
        ),
      );
    const found = assess(stack(nasty), stack('SDK 2'), defaultPolicy);

    expect(acceptancePage(found)).not.toContain('<b>');
    expect(acceptanceMarkdown(found)).not.toContain('<b>');
  });

  test('shows a plot for each shift, and drift and distribution for each network', () => {
    expect(acceptancePage(rejected).match(/<svg/g)).toHaveLength(5);
  });
});

test('the JSON holds the whole assessment', () => {
  const json = acceptanceFiles(rejected).find(({ name }) => name === 'acceptance.json')!.content;
  const read = JSON.parse(json, decodeNumber) as typeof rejected;

  expect(read.verdict).toBe('rejected');
  expect(read.models[0]!.outputs[0]!.shift.scale!.change).toEqual(
    rejected.models[0]!.outputs[0]!.shift.scale!.change,
  );
});

describe('plots', () => {
  const interval = {
    label: 'a & b',
    value: 0.5,
    low: 0.1,
    high: 0.9,
    margin: 0.25,
    alarm: true,
    told: '0.5',
  };

  test('are well-formed, also with nothing in them or all alike', () => {
    const plots = [
      intervalPlot('t', [interval, { ...interval, value: 0, low: 0, high: 0, margin: 0 }]),
      intervalPlot('t', []),
      driftPlot('t', 's', [{ label: '<x>', before: 0.1, after: 0, told: '' }]),
      distributionPlot('t', 'nats', [0, 0], [0.1, 0.2]),
    ];

    for (const plot of plots) {
      expect(() => assertWellFormed(plot)).not.toThrow();
      expect(plot).not.toContain('NaN');
    }
  });

  test('an interval is drawn between its ends, the estimate on it, and the margin around 0', () => {
    const plot = intervalPlot('t', [interval]);
    const numbers = (pattern: RegExp) => pattern.exec(plot)!.slice(1).map(Number);

    const [low, high] = numbers(/class="bad-mark" x1="([\d.]+)" y1="[\d.]+" x2="([\d.]+)"/);
    const [dot] = numbers(/<circle class="bad" cx="([\d.]+)"/);
    const [left, width] = numbers(/class="band" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/);
    const [zero] = numbers(/class="zero" x1="([\d.]+)"/);
    // 0.8 between the ends, the estimate in the middle; the band reaches 0.25 to either side.
    const unit = (high! - low!) / 0.8;
    expect(dot! - low!).toBeCloseTo(0.4 * unit, 1);
    expect(left! + width! / 2).toBeCloseTo(zero!, 1);
    expect(width!).toBeCloseTo(0.5 * unit, 1);
    expect(low! - zero!).toBeCloseTo(0.1 * unit, 1);
  });
});
