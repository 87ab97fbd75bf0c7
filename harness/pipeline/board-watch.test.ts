import { expect, test } from 'vitest';
import type { BoardCondition } from '../board/board-condition.ts';
import { FakeRunner } from '../board/fake-runner.ts';
import type { BoardSession } from '../board/session.ts';
import { awaitFitBoard, explainByOthers, findDisturbances } from './board-watch.ts';
import { boardNamed, identityNetwork, Trouble } from './trial-case.ts';

const calm: BoardCondition = { hottest: { sensor: 'soc', celsius: 48 }, npuUsers: [] };
const busy: BoardCondition = { ...calm, npuUsers: [{ pid: 90, command: 'demo cat.jpg' }], npuLoad: 40 };
const hot: BoardCondition = { hottest: { sensor: 'soc', celsius: 91 }, npuUsers: [] };
const care = { bootBudgetMs: 0, heat: { maxTemperature: 85, coolWithinMs: 5 } };
const waiting = { onCool: () => undefined };

/** A session to a board of which these conditions are told, one after the other; the last one stays. */
async function sessionOf(
  ...conditions: readonly (BoardCondition | Error | undefined)[]
): Promise<{ session: BoardSession; looks: () => number }> {
  let looks = 0;
  const runner = new FakeRunner({
    network: identityNetwork,
    condition: () => {
      const found = conditions[Math.min(looks++, conditions.length - 1)];
      if (found instanceof Error) throw found;
      return found;
    },
  });
  return { session: await runner.open(boardNamed('rack-1'), '1.7.5', {}), looks: () => looks };
}

test('a board that is fit is looked at once, not before every case', async () => {
  const { session, looks } = await sessionOf(calm);

  const first = await awaitFitBoard(session, care, waiting);
  const second = await awaitFitBoard(session, care, waiting);

  expect([first, second]).toEqual([{ hottest: { sensor: 'soc', celsius: 48 } }, {}]);
  expect(looks()).toBe(1);
});

test('a board whose NPU somebody else uses is not used; the message says who', async () => {
  const { session } = await sessionOf(busy);

  await expect(awaitFitBoard(session, care, waiting)).rejects.toMatchObject({
    code: 'HIL_NPU_IN_USE',
    owner: 'lab',
    message: 'the NPU of board rack-1 is used by somebody else: pid 90 (demo cat.jpg), NPU load 40 %',
  });
});

test('a board that stays too hot is given up; the message has temperature and limit', async () => {
  const { session } = await sessionOf(hot);
  let told = 0;

  await expect(awaitFitBoard(session, care, { onCool: () => told++ })).rejects.toMatchObject({
    code: 'HIL_BOARD_HOT',
    message: expect.stringContaining('rack-1 is at 91 °C (soc), above its limit of 85 °C'),
  });
  expect(told).toBe(1);
});

test('a board that has cooled by more than a little works on, and the record has what it was', async () => {
  const { session } = await sessionOf(hot, calm);

  expect(await awaitFitBoard(session, care, waiting)).toEqual({
    hottest: { sensor: 'soc', celsius: 91 },
    cooledMs: expect.any(Number),
  });
});

test('a board without a limit may be hot', async () => {
  const { session } = await sessionOf(hot);

  expect(await awaitFitBoard(session, { bootBudgetMs: 0 }, waiting)).toEqual({ hottest: hot.hottest });
});

test.each([
  ['that cannot tell', undefined],
  ['that fails to', new Error('the link broke')],
])('a board %s is used as it is', async (_, told) => {
  const { session } = await sessionOf(told);

  expect(await awaitFitBoard(session, care, waiting)).toEqual({});
});

test('what nobody can decide is put down to who uses the NPU besides; what the lab is to blame for is not', async () => {
  const undecided = new Trouble('the run did not end', 'undecided');
  const lab = new Trouble('no route', 'lab');
  const { session } = await sessionOf(busy);

  expect(await explainByOthers(undecided, session, undefined)).toMatchObject({
    code: 'HIL_NPU_IN_USE',
    cause: undecided,
  });
  expect(await explainByOthers(lab, session, undefined)).toBe(lab);
});

test('what nobody can decide stays so where nobody else is there', async () => {
  const undecided = new Trouble('the run did not end', 'undecided');
  const { session } = await sessionOf(calm);

  expect(await explainByOthers(undecided, session, undefined)).toBe(undecided);
  expect(await explainByOthers(undecided, undefined, undefined)).toBe(undecided);
});

test('only a run that was slow for its model is looked into', async () => {
  const { session, looks } = await sessionOf({ ...busy, hottest: hot.hottest });
  const disturbancesOf = (modelSha256: string, runMs: number) =>
    findDisturbances(session, { modelSha256, runMs }, care, undefined);

  const quick = [
    await disturbancesOf('a', 10),
    await disturbancesOf('b', 900),
    await disturbancesOf('a', 12),
  ];
  const looksBefore = looks();
  const slow = await disturbancesOf('a', 300);

  expect(quick).toEqual([[], [], []]);
  expect(looksBefore).toBe(0);
  expect(slow).toEqual([
    'the NPU was used by somebody else: pid 90 (demo cat.jpg)',
    'the board was at 91 °C (soc)',
  ]);
});
