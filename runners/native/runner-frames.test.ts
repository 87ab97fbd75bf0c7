import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFrame, ourLimits } from '../protocol/frame.ts';
import { greeting } from './runner-process.ts';
import { describeRunner, refusal } from './runner-under-test.ts';

const specification = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
const hostExamples = [...specification.matchAll(/```hex host\n([^`]*)```/g)].map(([, hex = '']) =>
  Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'),
);

/** A frame whose head is any bytes, with its right checksum. */
function frameOf(head: Uint8Array | string, { payloadBytes = 0 } = {}): Buffer {
  const bytes = Buffer.from(head);
  const header = Buffer.from('HILF____________', 'latin1');
  header.writeUInt32LE(bytes.length, 4);
  header.writeUInt32LE(payloadBytes, 8);
  header.writeUInt32LE(crc32(bytes, crc32(header.subarray(4, 12))), 12);
  return Buffer.concat([header, bytes]);
}

const nested = (levels: number): string =>
  `{"type":"ping","id":5,"x":${'['.repeat(levels)}${']'.repeat(levels)}}`;

describeRunner('reads frames', (runner) => {
  test('answers the requests of docs/protocol.md, byte by byte', async () => {
    const host = await runner.startLoaded();
    const [ping, infer] = hostExamples;

    host.raw(ping!);
    host.raw(infer!);

    expect(await host.next()).toMatchObject({ head: { type: 'pong', id: 7 } });
    const { head, payload } = await host.next();
    expect(head).toMatchObject({ type: 'inferred', id: 3, outputs: [{ index: 0, offset: 0, length: 4 }] });
    expect([...payload]).toEqual([0x00, 0x7f, 0x80, 0xff]);
  });

  test.each<[string, Buffer]>([
    ['the first byte of something else', Buffer.from('G')],
    ['a wrong fourth byte', Buffer.from('HILG')],
    ['a head above the limit', frameOf('').fill(0xff, 4, 8)],
    ['a payload above the limit', frameOf('{}', { payloadBytes: ourLimits.payloadBytes + 1 })],
    ['a wrong checksum', frameOf('{"type":"ping","id":7}').fill(0, 12, 16)],
    ['an empty head', frameOf('')],
    ['a head that is an array', frameOf('[]')],
    ['a head that is no JSON', frameOf("{type:'ping'}")],
    ['a head with something behind it', frameOf('{} {}')],
    ['a head that is cut', frameOf('{"type":"ping"')],
    ['a number with a leading zero', frameOf('{"id":01}')],
    ['a control character in a string', frameOf('{"type":"\n"}')],
    ['a head that is no UTF-8', frameOf(Buffer.from('{"type":"\xc0\x80"}', 'latin1'))],
    ['a surrogate in UTF-8', frameOf(Buffer.from('{"type":"\xed\xa0\x80"}', 'latin1'))],
    ['a head of 65 levels', frameOf(nested(64))],
  ])('ends at %s, and says so', async (_, bytes) => {
    const host = runner.start();

    host.raw(bytes);

    expect(await host.next()).toEqual(refusal('frame', { id: 0, usable: false }));
    expect(await host.exited).toEqual({ code: 2, signal: null });
  });

  test('reads a head of 64 levels, and white space around everything', async () => {
    const host = await runner.startLoaded();

    host.raw(frameOf(nested(63)));
    host.raw(frameOf(' \t\r\n{ "type" :\n"ping" , "id" : 6 }\n'));

    expect(await host.next()).toMatchObject({ head: { type: 'pong', id: 5 } });
    expect(await host.next()).toMatchObject({ head: { type: 'pong', id: 6 } });
  });

  test('decodes escapes in names and strings, and believes the last of two members', async () => {
    const host = await runner.startLoaded();

    host.raw(frameOf('{"type":"bye","\\u0069d":8,"type":"\\u0070i\\u006eg"}'));

    expect(await host.next()).toMatchObject({ head: { type: 'pong', id: 8 } });
  });

  test('ends with 0 where the input ends between two frames, and with 2 inside one', async () => {
    const between = await runner.startLoaded();
    const inside = await runner.startLoaded();
    const header = await runner.startLoaded();

    between.end();
    inside.raw(frameOf('{"type":"ping","id":7}').subarray(0, 20));
    inside.end();
    header.raw(Buffer.from('HI'));
    header.end();

    expect(await between.exited).toEqual({ code: 0, signal: null });
    expect(await inside.exited).toEqual({ code: 2, signal: null });
    expect(await header.exited).toEqual({ code: 2, signal: null });
  });

  test.each<[string, string, number]>([
    ['a type that it does not know', '{"type":"reboot","id":9}', 9],
    ['a type that is no text', '{"type":7,"id":9}', 9],
    ['no type', '{"id":9}', 9],
    ['an id that is none', '{"type":"ping","id":1.5}', 0],
    ['an id that is missing', '{"type":"ping"}', 0],
    ['an id beyond 32 bits', '{"type":"ping","id":4294967296}', 0],
    ['a field that is missing', '{"type":"unload","id":9}', 9],
    ['a hash in upper case', `{"type":"load","id":9,"path":"/x","sha256":"${'A'.repeat(64)}"}`, 9],
    ['a path with a zero', `{"type":"load","id":9,"path":"/\\u0000","sha256":"${'a'.repeat(64)}"}`, 9],
    ['no repeats', '{"type":"infer","id":9,"model":1,"repeats":0,"inputs":[]}', 9],
    ['inputs that are no array', '{"type":"infer","id":9,"model":1,"repeats":1,"inputs":{}}', 9],
    ['an input that is no object', '{"type":"infer","id":9,"model":1,"repeats":1,"inputs":[7]}', 9],
    [
      'want_float that is no truth value',
      '{"type":"infer","id":9,"model":1,"repeats":1,"inputs":[],"want_float":1}',
      9,
    ],
    ['a second hello', JSON.stringify({ ...greeting, id: 9 }), 9],
  ])('refuses %s, and goes on', async (_, head, id) => {
    const host = await runner.startLoaded();

    host.raw(frameOf(head));
    host.raw(hostExamples[0]!);

    expect(await host.next()).toEqual(refusal('request', { id }));
    expect(await host.next()).toMatchObject({ head: { type: 'pong', id: 7 } });
  });

  test('refuses everything before hello', async () => {
    const host = runner.start();

    expect(await host.ask({ type: 'ping' })).toEqual(refusal('request', { id: 1 }));
    expect(await host.ask({ type: 'bye' })).toEqual(refusal('request', { id: 2 }));
    expect(await host.ask(greeting)).toMatchObject({ head: { type: 'hello', id: 3 } });
  });

  test('answers whatever frames come, however they are cut', { timeout: 60_000 }, async () => {
    const host = await runner.startLoaded();
    const fields = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 });
    const name = fc.constantFrom('ping', 'load', 'infer', 'layers', 'unload', 'nothing');
    const payload = fc.uint8Array({ maxLength: 100 });
    const cuts = fc.array(fc.nat(), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fields, name, payload), { minLength: 1, maxLength: 4 }),
        cuts,
        async (frames, at) => {
          const heads = frames.map(([more, type], i) => ({ ...more, type, id: i + 100 }));
          const bytes = Buffer.concat(
            frames.flatMap(([, , tensor], i) => encodeFrame('host', heads[i]!, [tensor])),
          );
          const places = [0, ...at.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];

          for (let i = 1; i < places.length; i++) {
            host.raw(Uint8Array.from(bytes.subarray(places[i - 1], places[i])));
            await new Promise(setImmediate);
          }

          for (const { type, id } of heads) {
            const { head } = await host.next();
            expect(head).toMatchObject(
              type === 'ping' ? { type: 'pong', id } : { type: 'error', code: 'request', id },
            );
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
