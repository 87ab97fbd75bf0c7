import type { CaseRecord } from '../../harness/store/record.ts';

/** The record as JSON for people; numbers that JSON does not know are written as text, not as null. */
export function recordJson(record: CaseRecord): string {
  return JSON.stringify(
    record,
    (_key, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value),
    2,
  );
}
