import type { NamedTensors } from '../tensor/tensor.ts';
import type { StoredLayers } from './layer-capture.ts';
import type { CaseRecord } from './record.ts';

/** What was kept of one case besides its record, opened for reading. */
export interface Capture {
  readonly golden: NamedTensors;
  /** The board's outputs under the golden's names, dequantised to float32. */
  readonly board: NamedTensors;
  /** What the device runner and the vendor library printed; empty if nothing. */
  readonly log: string;
  /** Where the explanation looked at layers. */
  readonly layers?: StoredLayers | undefined;
}

/** Finds a record's capture; undefined where none was kept. */
export type ReadCapture = (record: CaseRecord) => Promise<Capture | undefined>;
