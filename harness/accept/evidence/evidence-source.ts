import type { Cancellable } from '../../cancellable.ts';
import type { StackEvidence } from './evidence.ts';

/** Where what is known of one SDK stack comes from: a stored run, a run made now, a database of records. */
export interface EvidenceSource {
  /**
   * Everything there is of the stack, with the answers behind the records where they were kept.
   *
   * @throws {HilError} If there is nothing, or it cannot be read.
   */
  collect(options: Cancellable): Promise<StackEvidence>;
}
