import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HilError } from '../../harness/hil-error.ts';
import { encodeFrame, type Frame, type FrameSender, ourLimits } from './frame.ts';
import { FrameDecoder } from './frame-decoder.ts';
import {
  FrameCorruptError,
  FrameCutError,
  FrameGarbageError,
  FrameTooLargeError,
  MessageError,
} from './protocol-error.ts';

const frameBytes = (
  head: object,
  payload: Uint8Array = new Uint8Array(0),
  sender: FrameSender = 'runner',
): Buffer => Buffer.concat(encodeFrame(sender, head, [payload]));

/** Cuts bytes at the given places, which may repeat and need no order. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

function decode(chunks: readonly Uint8Array[], limits = ourLimits): { frames: Frame[]; error?: unknown } {
  const decoder = new FrameDecoder('runner', limits);
  const frames: Frame[] = [];
  try {
    for (const chunk of chunks) for (const frame of decoder.push(chunk)) frames.push(frame);
    const problem = decoder.endProblem();
    return problem ? { frames, error: problem } : { frames };
  } catch (error) {
    return { frames, error };
  }
}

const plain = ({ head, payload }: Frame): { head: unknown; payload: number[] } => ({
  head,
  payload: [...payload],
});

const anyFrame = fc.record({
  head: fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false })),
  payload: fc.uint8Array({ maxLength: 300 }),
});
const anyCuts = fc.array(fc.nat(5000), { maxLength: 20 });

describe('frames that are right', () => {
  test('are read back, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 5 }), anyCuts, (frames, places) => {
        const stream = Buffer.concat(frames.map(({ head, payload }) => frameBytes(head, payload)));

        const { frames: found, error } = decode(cut(stream, places));

        expect(error).toBeUndefined();
        expect(found.map(plain)).toEqual(
          frames.map(({ head, payload }) => ({
            head: JSON.parse(JSON.stringify(head)) as unknown,
            payload: [...payload],
          })),
        );
      }),
    );
  });

  test('are read from single bytes', () => {
    const stream = frameBytes(
      { type: 'infer', id: 1 },
      Uint8Array.from({ length: 70_000 }, (_, i) => i),
    );

    const { frames } = decode(Array.from(stream, (_, i) => stream.subarray(i, i + 1)));

    expect(frames).toHaveLength(1);
    expect(frames[0]!.payload).toHaveLength(70_000);
    expect(frames[0]!.payload.every((byte, i) => byte === i % 256)).toBe(true);
  });

  test('share the memory of the chunk they lie in', () => {
    const stream = frameBytes({ a: 1 }, new Uint8Array(64));

    const { frames } = decode([stream]);

    expect(frames[0]!.payload.buffer).toBe(stream.buffer);
  });
});

describe('bytes that are wrong', () => {
  test('give frames or one of our errors, whatever they are and however they are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), anyCuts, (bytes, likely, places) => {
        const stream = likely ? Buffer.concat([Buffer.from('HILF'), bytes]) : bytes;

        const { frames, error } = decode(cut(stream, places));

        expect(frames).toEqual([]);
        expect(error instanceof HilError).toBe(stream.length > 0);
      }),
    );
  });

  test('are noticed wherever a single bit is flipped', () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(), anyCuts, ({ head, payload }, position, places) => {
        const stream = frameBytes(head, payload);
        const bit = position % (stream.length * 8);
        stream[bit >> 3]! ^= 1 << (bit & 7);

        const { frames, error } = decode(cut(stream, places));

        expect(frames).toEqual([]);
        expect(error).toBeInstanceOf(HilError);
      }),
      { numRuns: 500 },
    );
  });

  test('are shown as a person can read them', () => {
    const { error } = decode([Buffer.from('sh: hil-npu-run: not found\n')]);

    expect(error).toBeInstanceOf(FrameGarbageError);
    expect((error as Error).message).toBe(
      'expected a frame of the device runner, found: "sh: hil-npu-run: not found\\n"',
    );
  });

  test('are noticed with the first byte that does not fit', () => {
    const decoder = new FrameDecoder('runner', ourLimits);

    expect([...decoder.push(Buffer.from('HI'))]).toEqual([]);
    expect(() => [...decoder.push(Buffer.from('P\x01"\xff', 'latin1'))]).toThrow('found: "HIP\\x01\\"\\xff"');
  });

  test('leave the decoder broken', () => {
    const decoder = new FrameDecoder('runner', ourLimits);
    expect(() => [...decoder.push(Buffer.from('oops'))]).toThrow(FrameGarbageError);

    expect(() => [...decoder.push(frameBytes({ a: 1 }))]).toThrow(FrameGarbageError);
  });

  test('do not take away the intact frames before them', () => {
    const { frames, error } = decode([Buffer.concat([frameBytes({ a: 1 }), Buffer.from('oops')])]);

    expect(frames.map(({ head }) => head)).toEqual([{ a: 1 }]);
    expect(error).toBeInstanceOf(FrameGarbageError);
  });
});

describe('frames of the host', () => {
  test('carry a checksum of all but the payload, which SSH protects', () => {
    const stream = frameBytes({ a: 1 }, Uint8Array.of(1, 2, 3), 'host');
    stream[stream.length - 1] = 4;

    const frames = [...new FrameDecoder('host', ourLimits).push(stream)];

    expect(frames.map(plain)).toEqual([{ head: { a: 1 }, payload: [1, 2, 4] }]);
  });

  test('are noticed when their head is damaged', () => {
    const stream = frameBytes({ a: 1 }, Uint8Array.of(1, 2, 3), 'host');
    stream[21]! ^= 1;

    expect(() => [...new FrameDecoder('host', ourLimits).push(stream)]).toThrow(FrameCorruptError);
  });
});

describe('memory that is given back', () => {
  const halves = (stream: Buffer): Uint8Array[] => [stream.subarray(0, 5000), stream.subarray(5000)];

  test('is used for the next payload of about its size', () => {
    const decoder = new FrameDecoder('runner', ourLimits);
    const read = (fill: number, size: number): Uint8Array => {
      const chunks = halves(frameBytes({}, new Uint8Array(size).fill(fill)));
      const [frame] = chunks.flatMap((chunk) => [...decoder.push(chunk)]);
      return frame!.payload;
    };
    const first = read(1, 9000);
    decoder.recycle(first);

    const second = read(2, 8000);

    expect(second.buffer).toBe(first.buffer);
    expect([...new Set(second)]).toEqual([2]);
    expect(read(3, 8000).buffer).not.toBe(first.buffer);
  });

  test('is not used if it belongs to somebody else', () => {
    const decoder = new FrameDecoder('runner', ourLimits);
    const foreign = new Uint8Array(9000);

    decoder.recycle(foreign);
    const [frame] = halves(frameBytes({}, new Uint8Array(9000))).flatMap((chunk) => [...decoder.push(chunk)]);

    expect(frame!.payload.buffer).not.toBe(foreign.buffer);
  });
});

test('refuses a frame above the limit from its header alone', () => {
  const header = Buffer.from('HILF\x02\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x00', 'latin1');

  const { error } = decode([header]);

  expect(error).toBeInstanceOf(FrameTooLargeError);
  expect((error as Error).message).toBe(
    'a frame announces a payload of 4294967295 bytes, the limit is 268435456',
  );
});

test('refuses a head above the limit', () => {
  const { error } = decode([frameBytes({ text: 'x'.repeat(100) })], { headBytes: 50, payloadBytes: 0 });

  expect(error).toBeInstanceOf(FrameTooLargeError);
});

test('tells a damaged payload from its checksum', () => {
  const stream = frameBytes({ a: 1 }, Uint8Array.of(1, 2, 3));
  stream[stream.length - 1] = 4;

  const { error } = decode([stream]);

  expect(error).toBeInstanceOf(FrameCorruptError);
});

test.each(['[1]', '"text"', 'null', '{"a":', '\xff\xfe'])(
  'refuses the head %s, which is no JSON object',
  (text) => {
    const stream = frameWithHead(Buffer.from(text, 'latin1'));

    expect(decode([stream]).error).toBeInstanceOf(MessageError);
  },
);

test('says how far a frame came when the stream ends inside it', () => {
  const { error } = decode([frameBytes({ a: 1 }).subarray(0, 20)]);

  expect(error).toBeInstanceOf(FrameCutError);
  expect((error as Error).message).toContain('after 20 bytes of it');
});

/** A frame with a right checksum around any head, made without the encoder. */
function frameWithHead(head: Buffer): Buffer {
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(head.length, 0);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(Buffer.concat([lengths, head])));
  return Buffer.concat([Buffer.from('HILF'), lengths, sum, head]);
}

/** The checksum bit by bit, from its definition. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
