import { elementCount, formatShape, tensor } from '../../../harness/tensor/tensor.ts';
import type { ParsedValues } from './parsed-values.ts';
import { UnreadableOutput } from './unreadable-output.ts';

/** All values of an output, in row-major order, with or without a shape. */
export function allValues(values: readonly number[], shape: readonly number[] | undefined): ParsedValues {
  const data = Float32Array.from(values);
  if (shape === undefined)
    return { tensor: tensor('float32', [data.length], data), listing: { kind: 'all' } };
  if (elementCount(shape) !== data.length) {
    throw new UnreadableOutput(
      `it gives ${data.length} values, and the spec’s shape ${formatShape(shape)} holds ${elementCount(shape)}`,
    );
  }
  return { tensor: tensor('float32', shape, data) };
}

/** Values at places. @throws {UnreadableOutput} If a place is listed twice. */
export function someValues(
  entries: readonly { readonly place: number; readonly value: number }[],
  restAtMost?: number,
): ParsedValues {
  const places = entries.map(({ place }) => place);
  const seen = new Set<number>();
  for (const place of places) {
    if (seen.has(place)) throw new UnreadableOutput(`it lists class ${place} twice`);
    seen.add(place);
  }
  return {
    tensor: tensor(
      'float32',
      [entries.length],
      Float32Array.from(entries, ({ value }) => value),
    ),
    listing: { kind: 'some', places, ...(restAtMost === undefined ? {} : { restAtMost }) },
  };
}
