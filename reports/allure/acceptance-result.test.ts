import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { assess } from '../../harness/accept/assess.ts';
import { stackOf } from '../../harness/accept/fake-evidence.ts';
import { defaultPolicy } from '../../harness/accept/policy.ts';
import { acceptanceFiles } from '../accept/files.ts';
import { writeAcceptanceResult } from './acceptance-result.ts';

test.each([
  [0.9, 'failed', 'net: rejected'],
  [1, 'passed', 'net: accepted'],
])('logits times %d are a check that %s, with the reports attached', (factor, status, step) => {
  const folder = mkdtempSync(join(tmpdir(), 'hil-acceptance-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const stack = (label: string, by: number) => stackOf(label, (logits) => logits.map((logit) => by * logit));
  const assessment = assess(stack('SDK 1', 1), stack('SDK 2', factor), defaultPolicy);

  writeAcceptanceResult(join(folder, 'results'), assessment, acceptanceFiles(assessment), {
    start: 1000,
    stop: 2000,
  });

  const files = readdirSync(join(folder, 'results'));
  const result = JSON.parse(
    readFileSync(
      join(
        folder,
        'results',
        files.find((name) => name.endsWith('-result.json'))!,
      ),
      'utf8',
    ),
  );
  expect(result).toMatchObject({
    name: 'acceptance: SDK 1 → SDK 2',
    status,
    start: 1000,
    stop: 2000,
    steps: [{ name: step }],
    attachments: [{ type: 'text/html' }, { type: 'text/markdown' }, { type: 'application/json' }],
  });
  const sources = (result.attachments as { source: string }[]).map(({ source }) => source);
  expect(files).toEqual(expect.arrayContaining(sources));
});
