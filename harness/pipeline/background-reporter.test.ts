import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { backgroundReporter } from './background-reporter.ts';
import type { RunPlan, RunSummary } from './reporter.ts';

const plan: RunPlan = {
  run: 'r',
  root: '/r',
  folder: '/r/f',
  startedAt: '2026-01-01T00:00:00.000Z',
  harnessVersion: '0',
  command: 'hil run',
};
const summary: RunSummary = { plan, records: [], totalMs: 1, interrupted: false, errors: [] };
const record = (name: string) => ({ case: { name } }) as never;

test('hears every event in order and is waited for at the end, though each takes its time', async () => {
  const heard: string[] = [];
  const reporter = backgroundReporter(async () => {
    await delay(5);
    return {
      onRunStart: () => void heard.push('start'),
      async onCaseEnd({ case: { name } }) {
        await delay(name === 'slow' ? 10 : 0);
        heard.push(name);
      },
      onRunEnd: () => void heard.push('end'),
    };
  });

  await reporter.onRunStart?.(plan);
  await reporter.onCaseEnd?.(record('slow'));
  await reporter.onCaseEnd?.(record('fast'));
  expect(heard).toEqual([]);
  await reporter.onRunEnd?.(summary);

  expect(heard).toEqual(['start', 'slow', 'fast', 'end']);
});

test('shows at the end what it threw in between', async () => {
  const reporter = backgroundReporter(() =>
    Promise.resolve({ onCaseEnd: () => Promise.reject(new Error('disk full')) }),
  );

  await reporter.onRunStart?.(plan);
  await reporter.onCaseEnd?.(record('a'));

  await expect(reporter.onRunEnd?.(summary)).rejects.toThrow('disk full');
});

test('goes on after a step that failed, and shows the first failure', async () => {
  const heard: string[] = [];
  const reporter = backgroundReporter(() =>
    Promise.resolve({
      onRunStart: () => Promise.reject(new Error('no folder')),
      onCaseEnd: ({ case: { name } }) =>
        name === 'a' ? Promise.reject(new Error('disk full')) : void heard.push(name),
      onBoardSetAside: ({ board }) => void heard.push(`${board} set aside`),
      onRunEnd: () => void heard.push('end'),
    }),
  );

  await reporter.onRunStart?.(plan);
  await reporter.onCaseEnd?.(record('a'));
  await reporter.onCaseEnd?.(record('b'));
  reporter.onBoardSetAside?.({ board: 'farm-3' } as never);

  await expect(reporter.onRunEnd?.(summary)).rejects.toThrow('no folder');
  expect(heard).toEqual(['b', 'farm-3 set aside', 'end']);
});
