import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { caseRecord } from '../fixture-records.ts';
import {
  brokenNetwork,
  failedByFlip,
  failedByNaN,
  fixtureSummary,
  marginal,
  passed,
  passedOnHardware,
} from '../fixture-run.ts';
import { assertWellFormed } from '../xml-well-formed.ts';
import { describeCase } from './description.ts';

/** The text that a reader sees, a line for each block, cells apart by a bar. */
const textOf = (html: string): string[] =>
  html
    .replaceAll('</td>', ' | ')
    .replaceAll('</th>', ' | ')
    .replace(/<\/(p|tr|h4|li)>/g, '\n')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&#39;', "'")
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

test('a failure begins with its reason, and the numbers follow', () => {
  const text = textOf(describeCase(failedByFlip));

  expect(text.slice(0, 7)).toEqual([
    'Failed: top-1 is 1 instead of 0; p[0] is 0.0007 where the golden has 0.9581 (|error| 0.9574, limit 0.03).',
    'Simulated: a virtual board computed this; no NPU was involved.',
    'Known issue NPU-17: bytes are read as signed. It still counts as a failure.',
    'output | check | value | limit | used | verdict | would just pass |',
    'prob | atol | 0.9576 | 0.03 | 3193 % | FAILED | { atol: 0.9577 } |',
    'prob | top-1 | 1 | 0 | over | FAILED | - |',
    'prob | margin | 10.35 | 0.6261 | 1654 % | FAILED | { marginRtol: 3.31 } |',
  ]);
  expect(text).toContain('1 | class 0 | 0.9581 | class 1 | 0.9995 |');
  expect(text).toContain("Margin between the golden's two best classes: golden 3.131, board -7.222 nats.");
  expect(text).toContain(
    'golden | a3a3a3a3a3a3 (stored, onnxruntime 1.30.0; two executions agree within 2.40e-7) |',
  );
});

test('the spec’s own description follows the verdict', () => {
  const described = { ...passed, case: { ...passed.case, description: 'Bytes > 127 matter here.' } };

  expect(textOf(describeCase(described))[2]).toBe('Bytes &gt; 127 matter here.');
});

test('a pass says how close it was', () => {
  expect(textOf(describeCase(marginal))[0]).toMatch(/^Passed, marginal: atol uses 88 %/);
  expect(textOf(describeCase(passedOnHardware))[0]).toBe(
    'Passed: tightest check: atol is 0.0823, limit 0.15 (54 % used).',
  );
});

test('a real board’s result is not called simulated', () => {
  expect(describeCase(passedOnHardware)).not.toMatch(/simulated/i);
});

test('trouble with the rig says what to do next and what was tried', () => {
  const text = textOf(describeCase(brokenNetwork));

  expect(text[1]).toBe(
    'Next: Check its power and network, then try: ssh -p 22 root@192.0.2.7 true HIL_SSH_UNREACHABLE',
  );
  expect(text).toContain(
    'farm-4, 10.0 s: farm-3 (192.0.2.7:22) did not answer over SSH within 10000 ms HIL_SSH_UNREACHABLE',
  );
});

test('what a tolerance would have missed is told even though the case passed', () => {
  expect(textOf(describeCase(passed))).toContain(
    'prob: atol 0.03 does not see one fp16 step on the top class',
  );
});

test('a tolerance that was not tested is told with the reason', () => {
  expect(textOf(describeCase(passedOnHardware))).toContain(
    'The tolerance was not tested with injected faults: its outputs have 1,382,400 values, and above 1,000,000 only `npx hil lint` tests.',
  );
});

test('NaN is shown as NaN', () => {
  expect(textOf(describeCase(failedByNaN))).toContain('depth | atol | NaN | 0.05 | NaN | FAILED | - |');
});

test('charts are pictures in the page itself', () => {
  const html = describeCase(passed, { charts: ['<svg/>'] });

  expect(html).toContain(`src="data:image/svg+xml;base64,${Buffer.from('<svg/>').toString('base64')}"`);
});

test('a failure that passed before says when, how often it has failed since, and what else changed', () => {
  const run = { id: '2026-01-04T21-04-00-1111', startedAt: '', harnessVersion: '', command: '' };
  const lastPass = { run, record: passed };

  const first = describeCase(failedByFlip, { past: { regression: { lastPass, failures: 1, changes: [] } } });
  const third = describeCase(failedByFlip, {
    past: {
      trend: '<svg id="t"/>',
      regression: { lastPass, failures: 3, changes: ['SDK: 1.6.1 → <1.7.5>'] },
    },
  });

  expect(textOf(first).join('\n')).toContain(
    'Regression: It passed in 2026-01-04T21-04-00-1111; this is the first failure since. No input, model',
  );
  expect(third).toContain('it has failed 3 times since, with this one. What else has changed:');
  expect(third).toContain('<li>SDK: 1.6.1 → &lt;1.7.5&gt;</li>');
  expect(third).toContain(Buffer.from('<svg id="t"/>').toString('base64'));
});

test('says that there is no picture where the capture is gone', () => {
  expect(describeCase(passed, { captureGone: true })).toContain(
    'what the board answered is not kept any more',
  );
  expect(describeCase(passed)).not.toContain('No picture');
});

test('is well-formed, whatever names and messages hold', () => {
  for (const record of fixtureSummary.records) {
    expect(() =>
      assertWellFormed(`<div>${describeCase(record, { charts: ['<svg/>'] })}</div>`),
    ).not.toThrow();
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const record = caseRecord(text, text, {
        verdict: 'broken',
        reason: text,
        error: { code: 'HIL_X', owner: 'lab', message: `${text}!`, hint: text, causes: [text] },
        attempts: [
          {
            error: { code: 'HIL_X', owner: 'lab', message: text, hint: text, causes: [] },
            board: text,
            ms: 1,
          },
        ],
        unseenFaults: [{ fault: text, output: text, message: text }],
        conversion: { notComputed: text },
        ...(text.length % 2 === 0 ? {} : { toleranceUntested: text }),
        knownIssue: { id: text, reason: text },
        capture: text,
      });
      expect(() => assertWellFormed(`<div>${describeCase(record)}</div>`)).not.toThrow();
    }),
  );
});
