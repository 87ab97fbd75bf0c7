import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRecordStore } from '../../store/history/open-record-store.ts';
import { trialRecord } from '../../store/history/trial-record.ts';
import { type TemporaryProject, temporaryProject } from '../../spec/temporary-project.ts';
import { cli } from '../fake-io.ts';

const generous = { timeout: 120_000 };

let place: TemporaryProject;
beforeEach(() => {
  place = temporaryProject();
});
afterEach(() => place[Symbol.dispose]());

const idOf = (day: number) => `2026-11-0${day}T21-00-00-000${day}`;
const startOf = (day: number) => `2026-11-0${day}T21:00:00.000Z`;

/** Puts runs of one case into the project's history, as another machine might have. */
async function store(...days: readonly { readonly day: number; readonly sdk: string }[]): Promise<void> {
  await using history = await openRecordStore(place.path('.hil/history.sqlite'), place.root);
  for (const { day, sdk } of days) {
    await history.putRun({
      id: idOf(day),
      startedAt: startOf(day),
      harnessVersion: '0.1.0',
      command: 'hil run',
      interrupted: false,
    });
    await history.addRecords([
      trialRecord({ run: idOf(day), target: { sdk }, timings: { startedAt: startOf(day) }, capture: 'gone' }),
    ]);
  }
}

/** What the report holds, a line for each result: environment, run, and how many earlier ones it knows. */
function told(report: string): string[] {
  const results = JSON.parse(readFileSync(place.path(`${report}/widgets/nav.json`), 'utf8')) as string[];
  return results
    .map((id) => {
      const { environment, parameters, history } = JSON.parse(
        readFileSync(place.path(`${report}/data/test-results/${id}.json`), 'utf8'),
      ) as { environment: string; parameters: { name: string; value: string }[]; history: unknown[] };
      const run = parameters.find(({ name }) => name === 'run')?.value;
      return `${environment}: ${run}, ${history.length} earlier`;
    })
    .sort();
}

test(
  'a run that only the history still has is reported beside the runs, and says what is missing',
  generous,
  async () => {
    await store({ day: 1, sdk: '1.7.5' }, { day: 2, sdk: '1.7.5' });

    const { code, stdout, stderr } = await cli(place.root, 'report', '--no-open');

    expect(code).toBe(0);
    expect(stdout).toBe('Report: .hil/report/index.html\n');
    expect(stderr).toBe(
      `Making the report of ${idOf(2)} ...\n1 result without pictures: what the boards answered is not kept any more.\n`,
    );
    expect(told('.hil/report')).toEqual([`SDK 1.7.5 (simulated): ${idOf(2)}, 1 earlier`]);
  },
);

test(
  'several runs show of each case and SDK the newest result, and the others as its history',
  generous,
  async () => {
    await store({ day: 1, sdk: '1.6.1' }, { day: 2, sdk: '1.7.5' }, { day: 3, sdk: '1.7.5' });
    const expected = [
      `SDK 1.6.1 (simulated): ${idOf(1)}, 0 earlier`,
      `SDK 1.7.5 (simulated): ${idOf(3)}, 1 earlier`,
    ];

    const last = await cli(place.root, 'report', '--last', '3', '--no-open', '--output', 'last');
    const named = await cli(place.root, 'report', idOf(1), '2026-11-03', '--no-open', '--output', 'named');

    expect(last.stderr).toContain(
      '1 result of these runs is not the newest of its test: the history of that test shows it.\n',
    );
    expect(told('last')).toEqual(expected);
    expect(named.code).toBe(0);
    expect(told('named')).toEqual(expected);
  },
);

test('--history 0 leaves the past out', generous, async () => {
  await store({ day: 1, sdk: '1.7.5' }, { day: 2, sdk: '1.7.5' });

  await cli(place.root, 'report', '--history', '0', '--no-open', '--output', 'alone');

  expect(told('alone')).toEqual([`SDK 1.7.5 (simulated): ${idOf(2)}, 0 earlier`]);
});

test('while the history is out of reach, the run folders are enough', generous, async () => {
  writeFileSync(place.path('hil.config.yaml'), 'history: postgres://nobody@127.0.0.1:1/none\n');
  const folder = place.path(join('.hil/runs', idOf(4)));
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'records.jsonl'),
    `${JSON.stringify(trialRecord({ run: idOf(4), timings: { startedAt: startOf(4) } }))}\n`,
  );

  const { code, stdout, stderr } = await cli(place.root, 'report', '--no-open');

  expect(code).toBe(0);
  expect(stdout).toBe(`Report: .hil/runs/${idOf(4)}/report/index.html\n`);
  expect(stderr).toMatch(
    /^The history cannot be read: .*127\.0\.0\.1.* Only the runs in .*runs are known\.\n/s,
  );
});

test('runs and --last at once are refused', async () => {
  const { code, stderr } = await cli(place.root, 'report', 'latest', '--last', '2');

  expect(code).toBe(2);
  expect(stderr).toContain('error: --last 2 and the run latest are both given');
});

test('without any run there is nothing to report', async () => {
  const { code, stderr } = await cli(place.root, 'report', '--last', '2', '--no-open');

  expect(code).toBe(2);
  expect(stderr).toContain('error: there are no runs\n  next: Start one with `npx hil run`');
});
