import { expect, test } from 'vitest';
import { fixturePlan, fixtureSummary, passed, passedOnHardware } from '../fixture-run.ts';
import { environmentOf, executorOf } from './environment.ts';

test('the environment names boards, stacks and how much was simulated', () => {
  expect(environmentOf(fixtureSummary)).toEqual({
    Simulated: '7 of 10 results',
    Boards: 'farm-3, virtual (simulated)',
    'SDK stacks': '1.6.0, 1.6.0 (driver 6.4.3.5.293908), 1.7.5 (toolkit 1.7.1)',
    Formats: 'fp16, u8',
    'Reference engine': 'onnxruntime 1.30.0',
    Run: '2026-01-05T21-04-00-5f1c',
    Command: 'hil run specs',
    Harness: '0.1.0',
    Node: process.version,
  });
});

test('the environment names boards that were set aside', () => {
  const error = { code: 'HIL_X', owner: 'lab', message: 'no answer', hint: 'Look.', causes: [] } as const;
  const setAside = [{ board: 'farm-3', reason: 'after 3 visits: no answer', error, incident: false }];

  expect(environmentOf({ ...fixtureSummary, setAside })['Boards set aside']).toBe(
    'farm-3 after 3 visits: no answer',
  );
});

test.each([
  ['every result', [passed]],
  ['no', [passedOnHardware]],
  ['no', []],
])('simulated: %s', (simulated, records) => {
  expect(environmentOf({ ...fixtureSummary, records })['Simulated']).toBe(simulated);
});

test.each([
  [{}, { name: 'hil 0.1.0', type: 'hil', buildName: fixturePlan.run }],
  [
    {
      GITHUB_ACTIONS: 'true',
      GITHUB_SERVER_URL: 'https://github.example',
      GITHUB_REPOSITORY: 'team/npu',
      GITHUB_RUN_ID: '77',
      GITHUB_RUN_NUMBER: '12',
    },
    {
      name: 'GitHub Actions',
      type: 'github',
      buildName: fixturePlan.run,
      buildOrder: 12,
      buildUrl: 'https://github.example/team/npu/actions/runs/77',
    },
  ],
  [
    { GITLAB_CI: 'true', CI_PIPELINE_IID: '5', CI_PIPELINE_URL: 'https://gitlab.example/p/5' },
    {
      name: 'GitLab CI',
      type: 'gitlab',
      buildName: fixturePlan.run,
      buildOrder: 5,
      buildUrl: 'https://gitlab.example/p/5',
    },
  ],
  [
    { JENKINS_URL: 'https://ci.example', BUILD_URL: 'https://ci.example/job/5' },
    { name: 'Jenkins', type: 'jenkins', buildName: fixturePlan.run, buildUrl: 'https://ci.example/job/5' },
  ],
])('the executor in %o', (env, executor) => {
  expect(executorOf(fixturePlan, env)).toEqual(executor);
});
