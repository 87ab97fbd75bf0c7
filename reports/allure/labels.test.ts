import { expect, test } from 'vitest';
import { failedByFlip, marginal, passed, passedOnHardware } from '../fixture-run.ts';
import { labelsOf, linksOf, parametersOf } from './labels.ts';

const labels = (record: typeof passed) => labelsOf(record).map(({ name, value }) => `${name}=${value}`);

test('a result carries its place, its target and what its spec says of it', () => {
  expect(labels(failedByFlip)).toEqual([
    'parentSuite=specs',
    'suite=story',
    'subSuite=simulated, SDK 1.7.5, fp16',
    'framework=hil',
    'host=virtual',
    'thread=SDK 1.7.5',
    'sdkStack=SDK 1.7.5 (simulated)',
    'owner=vision-team',
    'severity=critical',
    'epic=Classification',
    'feature=Input order',
    'story=Channel order',
    'story=Signed bytes',
    'tag=nightly',
    'tag=simulated',
    'tag=known-issue',
  ]);
});

test('what must not be overlooked is a tag', () => {
  expect(labels(marginal)).toContain('tag=marginal');
  expect(labels(passed)).toContain('tag=blind-tolerance');
  expect(labels(passedOnHardware)).not.toContain('tag=simulated');
});

test('the known issue is a link of the type that Allure gives its bug to', () => {
  expect(linksOf(failedByFlip)).toEqual([
    { url: 'https://example.org/wiki/channel-order', name: 'Channel order', type: 'link' },
    { url: 'https://example.org/issues/NPU-17', name: 'NPU-17', type: 'issue' },
  ]);
});

test('parameters tell the tests of a case apart; the others only show what else there was', () => {
  const parameters = parametersOf(passed).map(
    ({ name, value, excluded }) => `${name}: ${value}${excluded ? ' (shown)' : ''}`,
  );

  expect(parameters).toEqual([
    'target: simulated',
    'SDK: 1.7.5',
    'format: fp16',
    'board: virtual (simulated) (shown)',
    'api: 1.7.5 ccb93f1 (shown)',
    'driver: 1.7.5 ccb93f1 (shown)',
    'toolkit: 1.7.1 (shown)',
    'input: picture (shown)',
    'run: 2026-01-05T21-04-00-5f1c (shown)',
  ]);
});
