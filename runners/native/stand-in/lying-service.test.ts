import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { FakeNpu } from '../../virtual/embedded/fake-npu.ts';
import { demoBench, demoBuilds } from './demo-bench.ts';

vi.setConfig({ testTimeout: 300_000 });

interface Damage {
  /** Which answer of a connection. */
  readonly answer: number;
  /** Places in its body and what they become; after them the answer may be cut. */
  readonly bytes: readonly (readonly [place: number, value: number])[];
  readonly cut: boolean;
}

const damages: fc.Arbitrary<Damage> = fc.record({
  answer: fc.integer({ min: 0, max: 3 }),
  bytes: fc.array(fc.tuple(fc.nat({ max: 2000 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 }),
  cut: fc.boolean(),
});

/** Bytes of an answer's body that tell the library to raise signals, to sleep or to print. */
const orders = { start: 8, end: 20 };

function spoil(frame: Buffer, { bytes, cut }: Damage): Buffer {
  const spoilt = Buffer.from(frame);
  for (const [place, value] of bytes) {
    const at = 16 + (place % (frame.length - 16));
    if (at < 16 + orders.start || at >= 16 + orders.end) spoilt[at] = value;
  }
  return cut ? spoilt.subarray(0, 16 + (bytes[0]![0] % (frame.length - 16))) : spoilt;
}

/** Hands requests on, and answers too, but for one that is damaged. */
function relay(client: Socket, service: Socket, damage: Damage): void {
  let received = Buffer.alloc(0);
  let answers = 0;
  client.pipe(service);
  service.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 16 && received.length >= 16 + received.readUInt32LE(8)) {
      const frame = received.subarray(0, 16 + received.readUInt32LE(8));
      received = received.subarray(frame.length);
      const damaged = answers++ === damage.answer;
      client.write(damaged ? spoil(frame, damage) : frame);
      if (damaged && damage.cut) client.end();
    }
  });
  for (const [one, other] of [
    [client, service],
    [service, client],
  ] as const) {
    one.on('error', () => undefined).on('close', () => other.destroy());
  }
}

describe.each(demoBuilds)('the stand-in library %s', (_name, { lacking, build }) => {
  describe.skipIf(lacking !== undefined)('under a program that uses it,', () => {
    const { script, serviceOf, fakeService } = demoBench(build, { npu: new FakeNpu(), files: {} });

    test('survives answers that are not what they should be', async () => {
      await fakeService();
      const service = await serviceOf(new FakeNpu());
      const path = service.address.slice('unix:'.length);
      let damage: Damage | undefined;
      const liar = createServer((client) => relay(client, connect(path), damage!)).listen(0, '127.0.0.1');
      await once(liar, 'listening');
      const npu = `tcp:127.0.0.1:${(liar.address() as AddressInfo).port}`;
      const lines = [
        'init 0 fake 0',
        'set 0 1 0 3 0 0 0 four',
        'run 0',
        'get 0 1 0 out',
        'run 0',
        'destroy 0',
      ];

      await fc.assert(
        fc.asyncProperty(damages, async (next) => {
          damage = next;
          const { end, stderr } = await script(lines, { npu });

          // 2: the script itself gives up, on more outputs than it has room for.
          expect({ end, stderr }).toMatchObject({
            end: expect.toSatisfy((code) => code === 0 || code === 2),
          });
        }),
        { numRuns: 40 },
      );
      liar.close();
    });
  });
});
