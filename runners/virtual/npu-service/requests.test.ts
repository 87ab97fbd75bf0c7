import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { initBody, inputsBody } from './raw-client.ts';
import { parseRequest } from './requests.ts';
import { type RequestKind, requestKinds, WireError } from './wire.ts';

const kinds = Object.keys(requestKinds) as RequestKind[];

function attempt(parse: () => string): string {
  try {
    return parse();
  } catch (error) {
    if (error instanceof WireError) return 'refused';
    throw error;
  }
}

test('takes any bytes as a request or refuses them as none', () => {
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 200 }), (kind, body) => {
      const parsed = attempt(() => parseRequest({ kind, body }).kind);

      expect([kind, 'refused']).toContain(parsed);
    }),
  );
});

test('reads what a library says of itself and its program', () => {
  const body = initBody(Uint8Array.of(1, 2, 3), { sdk: '1.6.1', dump: 1 });
  body.writeUInt32LE(8, 32);
  body.writeUInt32LE(4, 36);

  expect(parseRequest({ kind: 'init', body })).toEqual({
    kind: 'init',
    sdk: '1.6.1',
    flags: 8,
    logLevel: 4,
    dump: true,
    model: Buffer.of(1, 2, 3),
  });
});

test('reads an input with what is declared of it', () => {
  const body = inputsBody(Uint8Array.of(5, 6, 7));
  body.writeUInt32LE(2, 8);
  body.writeUInt32LE(0, 12);
  body.writeUInt32LE(1, 16);
  body.writeUInt32LE(1, 20);
  body.writeUInt32LE(99, 24);

  expect(parseRequest({ kind: 'set', body })).toEqual({
    kind: 'set',
    inputs: [
      {
        index: 2,
        dtype: 'float32',
        layout: 'NHWC',
        passThrough: true,
        sizeBytes: 99,
        bytes: Buffer.of(5, 6, 7),
      },
    ],
  });
});

/** One input of three bytes, with a word of the body changed. */
const changed = (offset: number, value: number): Buffer => {
  const body = inputsBody(Uint8Array.of(5, 6, 7));
  body.writeUInt32LE(value, offset);
  return body;
};

test.each<[string, Buffer]>([
  ['more inputs than fit', changed(0, 2)],
  ['more inputs than any call may set', changed(0, 129)],
  ['an element type that the vendor has not', changed(12, 5)],
  ['a layout that the vendor has not', changed(16, 2)],
  ['a pass_through of 2', changed(20, 2)],
  ['an input that ends too early', changed(28, 9)],
  ['bytes after the last input', Buffer.concat([inputsBody(Uint8Array.of(1)), Buffer.alloc(8)])],
])('refuses %s', (_what, body) => {
  expect(() => parseRequest({ kind: 'run', body })).toThrow(WireError);
});

test.each(['x'.repeat(32), 'a b', 'a\nb'])('refuses the SDK name "%s"', (sdk) => {
  const body = Buffer.alloc(32);
  body.write(sdk, 'latin1');

  expect(() => parseRequest({ kind: 'version', body })).toThrow(WireError);
});
