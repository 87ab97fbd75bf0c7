import { counted, pValue, signed } from './figures.ts';
import { mean, pairedMean } from './statistics/mean.ts';
import type { Estimate } from './statistics/estimate.ts';
import { holm } from './statistics/holm.ts';

/** One combination of converted model, runtime and board, with a number for each case, e.g. its error in nats. */
export interface GridCell {
  readonly model: 'old' | 'new';
  readonly runtime: 'old' | 'new';
  readonly board: string;
  readonly responses: ReadonlyMap<string, number>;
}

const combinations = [
  ['oldOld', 'old', 'old'],
  ['newOld', 'new', 'old'],
  ['oldNew', 'old', 'new'],
  ['newNew', 'new', 'new'],
] as const satisfies readonly (readonly [string, GridCell['model'], GridCell['runtime']])[];
/** Model and runtime, in this order. */
export type Combination = (typeof combinations)[number][0];

/** A contrast of the grid, before any correction. */
export interface GridEffect {
  /** `converter`, `runtime`, `interaction`, or `board <name>`. */
  readonly factor: string;
  readonly estimate: Estimate;
}

/** What a grid says. */
export interface GridEffects {
  /** Cases that every combination has. */
  readonly cases: number;
  readonly boards: readonly string[];
  /**
   * The combination that could not be had: a driver refuses models of a newer toolkit. Converter and runtime are then the
   * two steps of the one way from old to new that is left, and what only both together do falls on the second.
   */
  readonly without?: 'newOld' | 'oldNew' | undefined;
  /** Means of the combinations over cases and boards. */
  readonly means: Readonly<Partial<Record<Combination, number>>>;
  readonly effects: readonly GridEffect[];
}

export interface Effect extends GridEffect {
  /** Corrected for all effects that are told together. */
  readonly adjustedP: number;
  readonly significant: boolean;
}

/** What moved the result: the converter, the runtime, both only together, or the board. */
export interface Attribution extends GridEffects {
  readonly effects: readonly Effect[];
  readonly sentence: string;
}

type Contrast = (at: (combination: Combination) => number) => number;

const contrasts: Readonly<
  Record<'full' | 'newOld' | 'oldNew', readonly (readonly [factor: string, of: Contrast])[]>
> = {
  full: [
    ['converter', (at) => (at('newOld') - at('oldOld') + at('newNew') - at('oldNew')) / 2],
    ['runtime', (at) => (at('oldNew') - at('oldOld') + at('newNew') - at('newOld')) / 2],
    ['interaction', (at) => at('newNew') - at('newOld') - (at('oldNew') - at('oldOld'))],
  ],
  // Without the new model on the old runtime: first the runtime, then the converter.
  newOld: [
    ['converter', (at) => at('newNew') - at('oldNew')],
    ['runtime', (at) => at('oldNew') - at('oldOld')],
  ],
  oldNew: [
    ['converter', (at) => at('newOld') - at('oldOld')],
    ['runtime', (at) => at('newNew') - at('newOld')],
  ],
};

/**
 * Effects of the grid {old model, new model} x {old runtime, new runtime}, paired by case:
 *
 * - converter: what the new model adds, averaged over both runtimes;
 * - runtime: what the new runtime adds, averaged over both models;
 * - interaction: what the new runtime adds to the new model beyond what it adds to the old one;
 * - board: how far a board is from the mean of all, averaged over the combinations.
 *
 * One of the two mixed combinations may be missing on all boards.
 *
 * @returns undefined if more is missing, or fewer than two cases are in all of them.
 */
export function gridEffects(cells: readonly GridCell[], confidence: number): GridEffects | undefined {
  const boards = [...new Set(cells.map(({ board }) => board))];
  const cellOf = (board: string, combination: Combination) => {
    const [, model, runtime] = combinations.find(([name]) => name === combination)!;
    return cells.find((cell) => cell.board === board && cell.model === model && cell.runtime === runtime);
  };
  const lacking = combinations
    .map(([name]) => name)
    .filter((name) => boards.some((board) => cellOf(board, name) === undefined));
  const [without, more] = lacking;
  if (boards.length === 0 || more !== undefined || without === 'oldOld' || without === 'newNew')
    return undefined;
  const used = combinations.map(([name]) => name).filter((name) => name !== without);
  const complete = boards.flatMap((board) => used.map((name) => cellOf(board, name)!));
  const names = [...complete[0]!.responses.keys()].filter((name) =>
    complete.every(({ responses }) => Number.isFinite(responses.get(name))),
  );
  if (names.length < 2) return undefined;

  const at = (board: string, combination: Combination, name: string) =>
    cellOf(board, combination)!.responses.get(name)!;
  const overBoards = (combination: Combination, name: string) =>
    mean(boards.map((board) => at(board, combination, name)));
  const differences: { factor: string; of: (name: string) => number }[] = [
    ...contrasts[without ?? 'full'].map(([factor, of]) => ({
      factor,
      of: (name: string) => of((combination) => overBoards(combination, name)),
    })),
    ...(boards.length === 1 ? [] : boards).map((board) => ({
      factor: `board ${board}`,
      of: (name: string) => mean(used.map((each) => at(board, each, name) - overBoards(each, name))),
    })),
  ];
  return {
    cases: names.length,
    boards,
    ...(without === undefined ? {} : { without }),
    means: Object.fromEntries(
      used.map((combination) => [combination, mean(names.map((name) => overBoards(combination, name)))]),
    ),
    effects: differences.map(({ factor, of }) => ({
      factor,
      estimate: pairedMean(names.map(of), confidence),
    })),
  };
}

/** The effects of several grids under one correction, each grid with its sentence. */
export function correctGrids(
  grids: readonly GridEffects[],
  confidence: number,
  show: (grid: number, value: number) => string = (_, value) => signed(value),
): Attribution[] {
  const adjusted = holm(grids.flatMap(({ effects }) => effects.map(({ estimate }) => estimate.p)));
  let next = 0;
  return grids.map((grid, index) => {
    const effects = grid.effects.map((effect): Effect => {
      const adjustedP = adjusted[next++]!;
      return { ...effect, adjustedP, significant: adjustedP <= 1 - confidence };
    });
    return {
      ...grid,
      effects,
      sentence: attributionSentence(effects, grid.cases, (value) => show(index, value)),
    };
  });
}

/** One grid by itself; see {@link gridEffects}. */
export function attribute(cells: readonly GridCell[], confidence: number): Attribution | undefined {
  const effects = gridEffects(cells, confidence);
  return effects && correctGrids([effects], confidence)[0];
}

function attributionSentence(
  effects: readonly Effect[],
  cases: number,
  show: (value: number) => string,
): string {
  const real = effects
    .filter(({ significant }) => significant)
    .sort((a, b) => Math.abs(b.estimate.value) - Math.abs(a.estimate.value));
  if (real.length === 0)
    return `Neither converter nor runtime nor board moved the result beyond chance in ${counted(cases, 'case')}.`;
  const told = real.map(
    ({ factor, estimate, adjustedP }) =>
      `the ${factor} by ${show(estimate.value)} (${show(estimate.low)} to ${show(estimate.high)}, ${pValue(adjustedP)})`,
  );
  return `The result was moved by ${told.join('; ')}.`;
}
