import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';
import { expect, test } from 'vitest';
import { packageFolder } from '../../harness/harness-version.ts';
import { faultPolicies } from '../../harness/pipeline/fault-policy.ts';
import { vendorStatuses } from '../protocol/vendor-status.ts';
import { rigFaults } from './fault-table.ts';
import { faultsPage } from './faults-page.ts';

const sources = globSync(['{harness,runners}/**/*.ts'], {
  cwd: packageFolder,
  ignore: ['**/*.test.ts', 'runners/faults/table/**', '**/fault-policy.ts', '**/node_modules/**'],
})
  .map((file) => readFileSync(join(packageFolder, file), 'utf8'))
  .join('\n');

/** Codes that are put together: of the vendor's statuses, and of the runner's refusals. */
const composed = new Set([
  ...[...vendorStatuses.values()].map(({ name }) => `HIL_VENDOR_${name}`),
  'HIL_VENDOR_UNKNOWN',
  ...['FRAME', 'FILE', 'HASH', 'LIBRARY'].map((code) => `HIL_RUNNER_${code}`),
]);
const exists = (code: string): boolean => composed.has(code) || sources.includes(`'${code}'`);

test('there are sixty faults, each once', () => {
  expect(rigFaults.map(({ number }) => number)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
});

test('every code of the tables is one that the program gives', () => {
  const codes = [...rigFaults.flatMap((fault) => fault.codes), ...Object.keys(faultPolicies)];

  expect(codes.filter((code) => !exists(code))).toEqual([]);
});

test('every policy belongs to a fault, or is named here', () => {
  const told = new Set<string>(rigFaults.flatMap(({ codes }) => codes));

  expect(Object.keys(faultPolicies).filter((code) => !told.has(code))).toEqual([
    'HIL_SSH_CONFIG',
    'HIL_SSH_FAILED',
    'HIL_BOARD_PROBE',
    'HIL_UPLOAD_FAILED',
    'HIL_RUNNER_FRAME',
    'HIL_RUNNER_FILE',
    'HIL_CONTAINER_ENGINE',
    'HIL_CONTAINER_IMAGE',
    'HIL_NATIVE_FILE',
  ]);
});

test('every fault that is said to be provoked has its test', () => {
  const own = globSync(['runners/faults/*.test.ts'], { cwd: packageFolder })
    .map((file) => readFileSync(join(packageFolder, file), 'utf8'))
    .join('\n');

  const untested = rigFaults.filter(({ number, provoked, test: place }) => {
    if (provoked === undefined) return false;
    return place === undefined
      ? !new RegExp(`'fault ${number}: `).test(own)
      : !readFileSync(join(packageFolder, place.file), 'utf8').includes(place.name);
  });

  expect(untested.map(({ number, title }) => `${number} ${title}`)).toEqual([]);
});

test('docs/faults.md is what the tables say', async () => {
  await expect(faultsPage()).toMatchFileSnapshot(join(packageFolder, 'docs', 'faults.md'));
});
