import { createHash } from 'node:crypto';
import { bytesOf } from './dtype.ts';
import type { Tensor } from './tensor.ts';

/** SHA-256 in lower-case hexadecimal, 64 characters. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** SHA-256 of what a tensor is: element type, shape and little-endian elements. -0 and 0 differ, as their bits do. */
export function tensorSha256({ dtype, shape, data }: Tensor): string {
  return createHash('sha256')
    .update(`${dtype}[${shape.join(',')}]\n`)
    .update(bytesOf(data))
    .digest('hex');
}

/**
 * One text for equal data: keys sorted by code unit, no blanks, numbers and strings as JSON writes them (the form of
 * RFC 8785). A property that is undefined counts as absent.
 *
 * @throws {TypeError} For what JSON cannot say: NaN, Infinity, undefined in a list, functions, class instances, cycles.
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$', []);
}

/** SHA-256 of {@link canonicalJson}. */
export function canonicalJsonSha256(value: unknown): string {
  return sha256Hex(canonicalJson(value));
}

function write(value: unknown, path: string, above: readonly object[]): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${path} is ${value}, which JSON cannot hold`);
    return JSON.stringify(value);
  }
  if (typeof value !== 'object') throw new TypeError(`${path} is a ${typeof value}, which JSON cannot hold`);
  if (above.includes(value)) throw new TypeError(`${path} contains itself`);
  const within = [...above, value];
  if (Array.isArray(value)) {
    return `[${Array.from(value, (item: unknown, i) => write(item, `${path}[${i}]`, within)).join(',')}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`${path} is a ${value.constructor.name}, expected plain data`);
  }
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${write(item, `${path}.${key}`, within)}`);
  return `{${entries.join(',')}}`;
}
