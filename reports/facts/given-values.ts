import type { Comparison } from '../../harness/compare/comparison.ts';

/** Outputs of which a board listed some values only: one sentence each, so that nobody takes a part for the whole. */
export const givenValues = ({ outputs }: Comparison): string[] =>
  outputs.flatMap(({ name, given }) =>
    given === undefined
      ? []
      : [`${name}: ${given.values} of ${given.of} values given; the others were not compared`],
  );
