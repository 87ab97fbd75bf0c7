import { encodeNumber } from '../../harness/store/record-journal.ts';
import type { CaseRecord } from '../../harness/store/record.ts';

/** The record as the run's journal writes it, for people: NaN and infinities are kept. */
export const recordJson = (record: CaseRecord): string => JSON.stringify(record, encodeNumber, 2);
