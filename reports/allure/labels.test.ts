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

test('parameters show the stack and have no say in the identity', () => {
  const parameters = parametersOf(passed);

  expect(parameters.every(({ excluded }) => excluded)).toBe(true);
  expect(parameters.map(({ name, value }) => `${name}: ${value}`)).toEqual([
    'board: virtual (simulated)',
    'SDK: 1.7.5',
    'api: 1.7.5 ccb93f1',
    'driver: 1.7.5 ccb93f1',
    'toolkit: 1.7.1',
    'format: fp16',
    'input: picture',
  ]);
});
