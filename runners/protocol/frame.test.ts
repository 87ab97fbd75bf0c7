import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { encodeFrame } from './frame.ts';
import { parseReply, parseRequest } from './messages.ts';

const specification = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
const blocks = (kind: string): string[] =>
  [...specification.matchAll(new RegExp(`\`\`\`${kind}\n([^\`]*)\`\`\``, 'g'))].map(([, text = '']) => text);

const joined = (chunks: readonly Uint8Array[]): Buffer => Buffer.concat(chunks);

test('writes the examples of docs/protocol.md byte by byte', () => {
  const [ping = '', infer = ''] = blocks('json host');
  const [inferred = ''] = blocks('json runner');

  const frames = [
    encodeFrame('host', JSON.parse(ping) as object),
    encodeFrame('host', JSON.parse(infer) as object, [Uint8Array.of(0x00, 0x7f, 0x80, 0xff)]),
    encodeFrame('runner', JSON.parse(inferred) as object, [
      Uint8Array.of(0x3b, 0x2e),
      Uint8Array.of(0x5f, 0x2b),
    ]),
  ];

  const expected = [...blocks('hex host'), ...blocks('hex runner')].map((hex) => hex.replaceAll(/\s/g, ''));
  expect(frames.map((chunks) => joined(chunks).toString('hex'))).toEqual(expected);
});

// Header and CRC computed with Python's struct and zlib.
test('puts lengths and checksum into the header, little-endian', () => {
  const frame = joined(encodeFrame('host', { type: 'ping', id: 7 }));

  expect(frame.subarray(0, 16).toString('hex')).toBe('48494c46160000000000000031d95025');
});

test('shows only messages in docs/protocol.md that this version accepts', () => {
  const messages = blocks('json').flatMap((block) =>
    block.includes('\n{')
      ? block
          .trim()
          .split('\n{')
          .map((text, i) => (i === 0 ? text : `{${text}`))
      : [block],
  );

  const types = messages.map((text) => {
    const head = JSON.parse(text) as Record<string, unknown>;
    const frame = { head, payload: new Uint8Array(0) };
    try {
      return parseRequest(frame).head.type;
    } catch {
      return parseReply(frame).head.type;
    }
  });

  expect(types).toEqual([
    'hello', 'hello', 'load', 'loaded', 'infer', 'inferred', 'layer', 'layers-end',
    'layers', 'layer', 'unload', 'unloaded', 'ping', 'pong', 'bye', 'bye', 'log', 'error',
  ]); // prettier-ignore
});

test('shares what does not fit into the first chunk, which fills an SSH packet', () => {
  const tensor = new Uint8Array(100_000).fill(5);

  const [first, rest, ...none] = encodeFrame('host', { type: 'infer' }, [tensor]);

  expect(first).toHaveLength(32 * 1024);
  expect(rest!.buffer).toBe(tensor.buffer);
  expect(first!.length + rest!.length).toBe(16 + '{"type":"infer"}'.length + tensor.length);
  expect(none).toEqual([]);
});

test('writes small frames in one piece', () => {
  const chunks = encodeFrame('host', { type: 'infer' }, [new Uint8Array(10), new Uint8Array(20)]);

  expect(chunks).toHaveLength(1);
});
