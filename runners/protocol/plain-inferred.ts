/**
 * Whether a head is an `inferred` with nothing unusual in it. It is the one message that every case has, and after the
 * wait for a board the schema's code is cold: it takes 50 microseconds to say the same.
 *
 * @returns True only if the schema takes the head, too; false says nothing.
 */
export function isPlainInferred(head: Readonly<Record<string, unknown>>): boolean {
  const { type, id, outputs, runs } = head;
  return (
    type === 'inferred' &&
    isUint32(id) &&
    head['perfDetail'] === undefined &&
    Array.isArray(outputs) &&
    outputs.every(isSlice) &&
    Array.isArray(runs) &&
    runs.every(isRun)
  );
}

type Fields = Readonly<Record<string, unknown>>;

const isUint = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isUint32 = (value: unknown): boolean => isUint(value) && value <= 0xffff_ffff;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSlice = (value: unknown): boolean =>
  isFields(value) && isUint(value['index']) && isUint(value['offset']) && isUint(value['length']);

const isRun = (value: unknown): boolean =>
  isFields(value) && isUint(value['npuTimeUs']) && isUint32(value['crc32']) && value['suspect'] === undefined;
