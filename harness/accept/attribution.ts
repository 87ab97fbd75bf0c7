import { counted, plain, pValue, signed } from './figures.ts';
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

export interface Effect {
  /** `converter`, `runtime`, `interaction`, or `board <name>`. */
  readonly factor: string;
  readonly estimate: Estimate;
  /** Corrected for all effects of the grid. */
  readonly adjustedP: number;
  readonly significant: boolean;
}

/** What moved the result: the converter, the runtime, both only together, or the board. */
export interface Attribution {
  /** Cases that every combination has. */
  readonly cases: number;
  readonly boards: readonly string[];
  /** Means of the four combinations over cases and boards. */
  readonly means: Readonly<Record<'oldOld' | 'newOld' | 'oldNew' | 'newNew', number>>;
  readonly effects: readonly Effect[];
  readonly sentence: string;
}

type Combination = keyof Attribution['means'];
const combinations: readonly (readonly [Combination, GridCell['model'], GridCell['runtime']])[] = [
  ['oldOld', 'old', 'old'],
  ['newOld', 'new', 'old'],
  ['oldNew', 'old', 'new'],
  ['newNew', 'new', 'new'],
];

/**
 * Main effects and interaction of the grid {old model, new model} x {old runtime, new runtime}, paired by case:
 *
 * - converter: what the new model adds, averaged over both runtimes;
 * - runtime: what the new runtime adds, averaged over both models;
 * - interaction: what the new runtime adds to the new model beyond what it adds to the old one;
 * - board: how far a board is from the mean of all, averaged over the four combinations.
 *
 * @returns undefined if a combination is missing on a board, or fewer than two cases are in all of them.
 */
export function attribute(cells: readonly GridCell[], confidence: number): Attribution | undefined {
  const boards = [...new Set(cells.map(({ board }) => board))];
  const cellOf = (board: string, model: GridCell['model'], runtime: GridCell['runtime']) =>
    cells.find((cell) => cell.board === board && cell.model === model && cell.runtime === runtime);
  const grids = boards.map((board) =>
    combinations.map(([, model, runtime]) => cellOf(board, model, runtime)),
  );
  const complete = grids.flat().filter((cell) => cell !== undefined);
  if (boards.length === 0 || complete.length < 4 * boards.length) return undefined;
  const names = [...complete[0]!.responses.keys()].filter((name) =>
    complete.every(({ responses }) => Number.isFinite(responses.get(name))),
  );
  if (names.length < 2) return undefined;

  /** By board, combination and case. */
  const at = (board: number, combination: number, name: string) =>
    grids[board]![combination]!.responses.get(name)!;
  const overBoards = (combination: number, name: string) =>
    mean(boards.map((_, board) => at(board, combination, name)));
  const perCase = (of: (oldOld: number, newOld: number, oldNew: number, newNew: number) => number) =>
    names.map((name) =>
      of(overBoards(0, name), overBoards(1, name), overBoards(2, name), overBoards(3, name)),
    );
  const contrasts: { factor: string; differences: number[] }[] = [
    { factor: 'converter', differences: perCase((oo, no, on, nn) => (no - oo + nn - on) / 2) },
    { factor: 'runtime', differences: perCase((oo, no, on, nn) => (on - oo + nn - no) / 2) },
    { factor: 'interaction', differences: perCase((oo, no, on, nn) => nn - no - (on - oo)) },
    ...(boards.length === 1 ? [] : boards).map((name, board) => ({
      factor: `board ${name}`,
      differences: names.map((each) =>
        mean(
          combinations.map((_, combination) => at(board, combination, each) - overBoards(combination, each)),
        ),
      ),
    })),
  ];
  const estimates = contrasts.map(({ differences }) => pairedMean(differences, confidence));
  const adjusted = holm(estimates.map(({ p }) => p));
  const effects = contrasts.map(({ factor }, i) => ({
    factor,
    estimate: estimates[i]!,
    adjustedP: adjusted[i]!,
    significant: adjusted[i]! <= 1 - confidence,
  }));
  return {
    cases: names.length,
    boards,
    means: Object.fromEntries(
      combinations.map(([key], i) => [key, mean(names.map((name) => overBoards(i, name)))]),
    ) as Attribution['means'],
    effects,
    sentence: attributionSentence(effects, names.length),
  };
}

function attributionSentence(effects: readonly Effect[], cases: number): string {
  const real = effects
    .filter(({ significant }) => significant)
    .sort((a, b) => Math.abs(b.estimate.value) - Math.abs(a.estimate.value));
  if (real.length === 0)
    return `Neither converter nor runtime nor board moved the result beyond chance in ${counted(cases, 'case')}.`;
  const told = real.map(
    ({ factor, estimate, adjustedP }) =>
      `the ${factor} by ${signed(estimate.value)} (${plain(estimate.low)} to ${plain(estimate.high)}, ${pValue(adjustedP)})`,
  );
  return `The result was moved by ${told.join('; ')}.`;
}
