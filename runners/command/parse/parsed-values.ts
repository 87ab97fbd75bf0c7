import type { Listing } from '../../../harness/board/board-command.ts';
import type { Tensor } from '../../../harness/tensor/tensor.ts';

/** What a parser has read. */
export interface ParsedValues {
  /** In its own shape, or where there is a listing one value after the other. */
  readonly tensor: Tensor;
  readonly listing?: Listing | undefined;
}
