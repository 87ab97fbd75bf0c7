import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type TemporaryProject, temporaryProject } from '../spec/temporary-project.ts';
import { findRunFolder, listRuns, newRunId, UnknownRunError } from './run-folder.ts';

const [monday, tuesday, tuesdayLater] = [
  '2026-01-05T21-04-00-5f1c',
  '2026-01-06T08-00-00-aaaa',
  '2026-01-06T08-00-00-ab00',
];

function stateWithRuns(...names: readonly string[]): TemporaryProject & { readonly state: string } {
  const place = temporaryProject();
  for (const name of names) mkdirSync(place.path(`.hil/runs/${name}`), { recursive: true });
  return { ...place, state: place.path('.hil'), [Symbol.dispose]: () => place[Symbol.dispose]() };
}

test('names of runs sort by time, and two of the same second differ', () => {
  const names = [
    newRunId(new Date('2026-01-05T21:04:00.999Z')),
    newRunId(new Date('2026-01-05T21:04:01.000Z')),
    newRunId(new Date('2026-12-05T00:00:00.000Z')),
  ];

  expect(names[0]).toMatch(/^2026-01-05T21-04-00-[0-9a-f]{4}$/);
  expect(names.toSorted()).toEqual(names);
  expect(new Set(Array.from({ length: 20 }, () => newRunId(new Date(0)))).size).toBeGreaterThan(1);
});

test('lists runs from the oldest to the newest, and nothing else', () => {
  using place = stateWithRuns(tuesday, monday, 'notes', '.tmp');

  expect(listRuns(place.state)).toEqual([monday, tuesday]);
});

test('a project that never ran has no runs', () => {
  using place = temporaryProject();

  expect(listRuns(place.path('.hil'))).toEqual([]);
});

test.each([
  ['its id', monday, monday],
  ['the beginning of its id', '2026-01-05', monday],
  ['latest', 'latest', tuesdayLater],
])('finds a run by %s', (_, name, expected) => {
  using place = stateWithRuns(monday, tuesday, tuesdayLater);

  expect(findRunFolder(place.state, name)).toBe(place.path(`.hil/runs/${expected}`));
});

test('a beginning that several runs share is not guessed', () => {
  using place = stateWithRuns(monday, tuesday, tuesdayLater);

  expect(() => findRunFolder(place.state, '2026-01-06T08-00-00-a')).toThrow(
    expect.objectContaining({
      message: '2026-01-06T08-00-00-a is the beginning of 2 runs',
      hint: `The newest runs are ${tuesdayLater}, ${tuesday}, ${monday}; \`latest\` names the newest.`,
    }),
  );
});

test('a run that is not there is an error that names those that are', () => {
  using place = stateWithRuns(monday);

  const finding = () => findRunFolder(place.state, '2025');

  expect(finding).toThrow(UnknownRunError);
  expect(finding).toThrow(`there is no run 2025 in ${place.path('.hil/runs')}`);
});

test('where nothing ran yet, the next step is to run', () => {
  using place = temporaryProject();

  expect(() => findRunFolder(place.path('.hil'), 'latest')).toThrow(
    expect.objectContaining({ code: 'HIL_RUN_UNKNOWN', hint: 'Start one with `npx hil run`.' }),
  );
});
