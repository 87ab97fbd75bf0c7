import type { BoardOutput } from '../../board/session.ts';
import { nameBoardOutputs } from '../../compare/name-board-outputs.ts';
import { realNumbers } from '../../compare/real-numbers.ts';
import type { CaseRecord } from '../../store/record.ts';
import { dequantise } from '../../tensor/dequantise.ts';
import type { NamedTensors } from '../../tensor/tensor.ts';
import type { CaseEvidence, OutputEvidence } from './evidence.ts';
import { storedGrid } from './stored-grid.ts';

/** What a capture holds of the answers. */
export interface CapturedAnswers {
  readonly outputs: readonly BoardOutput[];
  readonly golden: NamedTensors;
}

/**
 * A record with the answers behind it. Outputs that the comparison could not compare (missing, of another shape) are left
 * out: their record says what is wrong with them.
 */
export function caseEvidence(record: CaseRecord, answers: CapturedAnswers | undefined): CaseEvidence {
  if (answers === undefined || record.comparison === undefined) return { record, outputs: [] };
  const { golden, outputs } = answers;
  const named = nameBoardOutputs(
    [...golden.keys()],
    outputs.map(({ attribute, tensor }) => ({ name: attribute.name, tensor })),
  );
  return {
    record,
    outputs: record.comparison.outputs.flatMap(({ name, kind, shape }): OutputEvidence[] => {
      const [expected, stored] = [golden.get(name), named.get(name)];
      const attribute = outputs.find(({ tensor }) => tensor === stored)?.attribute;
      if (expected === undefined || stored === undefined || attribute === undefined) return [];
      const board = realNumbers(dequantise(stored, attribute.quantisation));
      const real = realNumbers(expected);
      if (board.length !== real.length) return [];
      return [{ name, kind, shape, golden: real, board, grid: storedGrid(attribute) }];
    }),
  };
}
