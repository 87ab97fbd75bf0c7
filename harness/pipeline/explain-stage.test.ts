import { expect, test } from 'vitest';
import type { Explanation } from '../explain/explanation.ts';
import type { JudgedCase } from '../explain/explain-case.ts';
import type { CaseExplainer } from './explain-stage.ts';
import { runCase } from './run-case.ts';
import { failing, goldenOf, probabilities, targetNamed, Trouble, trialCase } from './trial-case.ts';

const board = targetNamed('first');
const wrongGolden = () => Promise.resolve(goldenOf(probabilities(0.25, 0.75)));

const found: Explanation = {
  cause: 'format',
  summary: 'the format explains it',
  evidence: [],
  next: ['choose another'],
  remarks: [],
};

/** Gives what a test wants, and remembers what it was asked. */
function explainerThat(
  explain: CaseExplainer['explain'],
  when: CaseExplainer['when'] = 'failed',
): CaseExplainer & { readonly asked: JudgedCase[] } {
  const asked: JudgedCase[] = [];
  return {
    when,
    asked,
    explain(judged, options) {
      asked.push(judged);
      return explain(judged, options);
    },
  };
}

const run = (trial: Awaited<ReturnType<typeof trialCase>>, signal?: AbortSignal) =>
  runCase(trial.testCase, [board], trial.services, { onStage: () => undefined, signal });

test('a case that failed on precision carries why, and its time is told', async () => {
  const explainer = explainerThat(() => Promise.resolve(found));
  using trial = await trialCase({ services: { explainer, obtainGolden: wrongGolden } });

  const record = await run(trial);

  expect(record).toMatchObject({ verdict: 'failed', class: 'precision', explanation: found });
  expect(record.timings.stagesMs.explain).toBeGreaterThanOrEqual(0);
  expect(explainer.asked).toHaveLength(1);
});

test('a case that passed is left alone, unless all are to be explained', async () => {
  const failedOnly = explainerThat(() => Promise.resolve(found));
  const all = explainerThat(() => Promise.resolve(found), 'always');
  using first = await trialCase({ services: { explainer: failedOnly } });
  using second = await trialCase({ services: { explainer: all } });

  const [plain, told] = [await run(first), await run(second)];

  expect(plain.explanation).toBeUndefined();
  expect(failedOnly.asked).toEqual([]);
  expect(told).toMatchObject({ verdict: 'passed', explanation: found });
});

test('a broken case is never explained', async () => {
  const explainer = explainerThat(() => Promise.resolve(found), 'always');
  using trial = await trialCase({
    runner: { before: failing('run', 9, () => new Trouble('the spec is wrong', 'spec')) },
    services: { explainer },
  });

  const record = await run(trial);

  expect(record.verdict).toBe('broken');
  expect(record.explanation).toBeUndefined();
  expect(explainer.asked).toEqual([]);
});

test('trouble of the explanation changes no verdict and is told in its place', async () => {
  const explainer = explainerThat(() => Promise.reject(new Error('the disk is full')));
  using trial = await trialCase({ services: { explainer, obtainGolden: wrongGolden } });

  const record = await run(trial);

  expect(record).toMatchObject({
    verdict: 'failed',
    class: 'precision',
    explanation: { cause: 'unknown', summary: 'the explanation broke off: the disk is full' },
  });
});

test('a run that is called off meanwhile keeps the verdict that was reached', async () => {
  const callOff = new AbortController();
  const explainer = explainerThat((_, { signal }) => {
    callOff.abort(new Error('Ctrl-C'));
    signal!.throwIfAborted();
    return Promise.resolve(found);
  });
  using trial = await trialCase({ services: { explainer, obtainGolden: wrongGolden } });

  const record = await run(trial, callOff.signal);

  expect(record).toMatchObject({
    verdict: 'failed',
    explanation: { summary: 'the explanation broke off: the run was interrupted' },
  });
});

test('layers come from the same board, on a lease of its own', async () => {
  const names: string[] = [];
  const explainer = explainerThat(async (_, { layers, signal }) => {
    names.push(...(await layers!.dump({ signal })).map(({ name }) => name));
    return found;
  });
  using trial = await trialCase({ services: { explainer, obtainGolden: wrongGolden } });

  await run(trial);

  expect(names).toEqual(['NodeID_0_FakeLayer_out_0.txt']);
  expect(trial.runner.openSessions).toBe(1);
});

test('a board that gives no layers is left, and the next case begins afresh there', async () => {
  const explainer = explainerThat(async (_, { layers, signal }) => {
    await layers!.dump({ signal });
    return found;
  });
  using trial = await trialCase({
    runner: { before: failing('layers', 1, () => new Trouble('the dump hangs', 'lab')) },
    services: { explainer, obtainGolden: wrongGolden },
  });

  const record = await run(trial);
  const sessionsAfter = trial.runner.openSessions;
  const next = await run(trial);

  expect(record.explanation!.summary).toBe('the explanation broke off: the dump hangs');
  expect(sessionsAfter).toBe(0);
  expect(next).toMatchObject({ verdict: 'failed', explanation: found });
});
