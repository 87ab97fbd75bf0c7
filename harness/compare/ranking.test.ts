import { describe, expect, test } from 'vitest';
import { compareRankings, type RankingComparison } from './ranking.ts';

const limits = { topK: 1, marginAtol: 0, marginRtol: 1 };

function rank(
  golden: number[],
  board: number[],
  options: { rows?: number; topK?: number; isLogit?: boolean } = {},
): RankingComparison {
  const { rows = 1, topK = 1, isLogit = false } = options;
  return compareRankings(
    Float32Array.from(golden),
    Float32Array.from(board),
    { count: rows, length: golden.length / rows },
    isLogit,
    { ...limits, topK },
  );
}

describe('the best classes', () => {
  test('are named on both sides, at most five', () => {
    const { ranking } = rank([0.1, 0.3, 0.05, 0.2, 0.15, 0.2], [0.3, 0.1, 0.05, 0.2, 0.15, 0.2]);

    expect(ranking.goldenTop.map(({ index }) => index)).toEqual([1, 3, 5, 4, 0]);
    expect(ranking.boardTop.map(({ index }) => index)).toEqual([0, 3, 5, 4, 1]);
    expect(ranking.goldenTop[0]).toEqual({ index: 1, value: Math.fround(0.3) });
    expect(ranking.top1Agrees).toBe(false);
  });

  test('differ where the board has another class', () => {
    const { differingPlaces, agreeingPlaces, differingAt } = rank(
      [0.4, 0.3, 0.2, 0.1],
      [0.4, 0.2, 0.3, 0.1],
      { topK: 3 },
    );

    expect(differingPlaces).toBe(2);
    expect(agreeingPlaces).toBe(1);
    expect(differingAt).toBe(1);
  });

  test('do not differ where the golden cannot tell them apart, even across the last place', () => {
    const golden = [0.5, 0.125, 0.125, 0.125, 0.125];
    const board = [0.5, 0.12, 0.11, 0.14, 0.13];

    expect(rank(golden, board, { topK: 2 }).differingPlaces).toBe(0);
    expect(rank(golden, board, { topK: 5 }).differingPlaces).toBe(0);
  });

  test('differ where the board has a class that the golden puts lower', () => {
    const { differingPlaces, ranking } = rank([0.25, 0.25, 0.3, 0.2], [0.3, 0.25, 0.2, 0.25], { topK: 1 });

    expect(differingPlaces).toBe(1);
    expect(ranking.top1Agrees).toBe(false);
  });

  test('are all the classes there are, if k is more', () => {
    expect(rank([0.6, 0.4], [0.6, 0.4], { topK: 5 }).agreeingPlaces).toBe(2);
  });
});

describe('the margin', () => {
  test('is that of the published two-class network: 3.1305 shrinks to 2.8854', () => {
    const { ranking, margin } = rank([0.958134, 0.041866], [0.947266, 0.052887]);

    expect(ranking.goldenMargin).toBeCloseTo(3.1305, 4);
    expect(ranking.boardMargin).toBeCloseTo(2.8854, 4);
    expect(margin.change).toBeCloseTo(0.2451, 4);
    expect(margin.neededRtol).toBeCloseTo(0.0783, 4);
  });

  test('is measured between the golden’s classes, so a flip is negative', () => {
    const { ranking } = rank([0.958134, 0.041866], [0.00073, 0.999512]);

    expect(ranking.boardMargin).toBeCloseTo(-7.222, 3);
  });

  test('is the difference of logits', () => {
    const { ranking } = rank([-2734.59, 1336.13], [-2708, 1323], { isLogit: true });

    expect(ranking.goldenMargin).toBeCloseTo(4070.72, 2);
    expect(ranking.boardMargin).toBe(4031);
  });

  test('does not look below the smallest normal half', () => {
    const { margin } = rank([1, 1e-9], [1, 0]);

    expect(margin.change).toBe(0);
  });

  test('is NaN if a class of it is', () => {
    expect(rank([0.9, 0.1], [NaN, 0.1]).margin.change).toBeNaN();
  });
});

describe('of several rows', () => {
  test('a flip is told before a larger change of the margin', () => {
    const { ranking } = rank([0.9, 0.1, 0.51, 0.49], [0.6, 0.4, 0.49, 0.51], { rows: 2 });

    expect(ranking.row).toBe(1);
    expect(ranking.top1Agrees).toBe(false);
  });

  test('the margin that uses most of its limit decides', () => {
    // Changes: 0.2 of 2 on a golden margin of 2, 0.15 of 0.5 on one of 0.5.
    const { margin } = rank([2, 0, 0.5, 0], [1.75, 0, 0.375, 0], { rows: 2, isLogit: true });

    expect(margin.at).toBe(2);
    expect(margin.change).toBe(0.125);
    expect(margin.neededAtol).toBe(0);
    expect(margin.neededRtol).toBe(0.25);
  });

  test('no relative limit passes a change of a margin that was 0', () => {
    const { margin } = rank([1, 1, 5, 0], [1, 2, 5, 0], { rows: 2, isLogit: true });

    expect(margin).toEqual({ change: 1, limit: 0, at: 0, neededAtol: 1, neededRtol: Infinity });
  });

  test('places are counted in the row with most differences', () => {
    const { differingPlaces, differingAt, agreeingPlaces } = rank([3, 2, 1, 3, 2, 1], [3, 1, 2, 1, 2, 3], {
      rows: 2,
      topK: 3,
      isLogit: true,
    });

    expect([differingPlaces, differingAt, agreeingPlaces]).toEqual([2, 1, 0]);
  });
});
