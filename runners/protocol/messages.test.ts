import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseReply, parseRequest } from './messages.ts';
import { MessageError } from './protocol-error.ts';

const frame = (head: Record<string, unknown>): Parameters<typeof parseRequest>[0] => ({
  head,
  payload: new Uint8Array(0),
});

function outcome(parse: () => unknown): unknown {
  try {
    parse();
    return 'accepted';
  } catch (error) {
    return error instanceof MessageError ? 'refused' : error;
  }
}

test('takes or refuses any JSON object, and never fails otherwise', () => {
  const types = fc.constantFrom('hello', 'load', 'infer', 'layer', 'log', 'error', 'inferred');
  const anything = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(anything, types, fc.boolean(), (head, type, typed) => {
      const parsed = frame(typed ? { ...head, type, id: 1 } : head);

      expect(['accepted', 'refused']).toContain(outcome(() => parseRequest(parsed)));
      expect(['accepted', 'refused']).toContain(outcome(() => parseReply(parsed)));
    }),
  );
});

test('ignores fields that it does not know', () => {
  const { head } = parseRequest(frame({ type: 'ping', id: 3, since: 'version 2' }));

  expect(head).toEqual({ type: 'ping', id: 3 });
});

test('names the message and the field that is wrong', () => {
  expect(() =>
    parseReply(frame({ type: 'inferred', id: 3, outputs: [], runs: [{ npuTimeUs: -1, crc32: 0 }] })),
  ).toThrow('message "inferred": runs.0.npuTimeUs: ');
  expect(() => parseReply(frame({ id: 3 }))).toThrow('message without type: type: ');
});

test.each([{ id: -1 }, { id: 2 ** 32 }, { id: 1.5 }, { id: '1' }])('refuses %j as an id', (id) => {
  expect(() => parseRequest(frame({ type: 'ping', ...id }))).toThrow(MessageError);
});
