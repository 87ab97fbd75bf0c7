import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { missing } from '../../machine-needs.ts';
import { type BoardFacts, probeBoard } from '../board-probe.ts';
import { connect } from '../connect.ts';
import type { SshConnection } from '../ssh-connection.ts';
import { BoardCache, type BoardFile } from '../upload.ts';
import { fewApplets, needsOf, RealServer, type RealServerOptions } from './real-server.ts';

// A lock on the board keeps two runs apart, but not two sessions of one run, nor one that comes after a crash.

const lacking = missing(...needsOf('sshd'), ...needsOf('dropbear'));

const servers: readonly (readonly [string, RealServerOptions])[] = [
  ['dropbear with few programs', { kind: 'dropbear', applets: fewApplets }],
  ['dropbear and busybox', { kind: 'dropbear', applets: ['sh'] }],
  ['OpenSSH', { kind: 'sshd' }],
];
/** One that goes up whole, and one that dropbear gets in stripes. */
const sizes = [20_000, 700_001] as const;
const rounds = 6;

const fileOf = (length: number): BoardFile => {
  const bytes = randomBytes(length);
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
};

describe.skipIf(lacking !== undefined).each(servers)(
  `the same content at once, on %s${lacking === undefined ? '' : ` (${lacking})`}`,
  { timeout: 120_000 },
  (_, options) => {
    let server: RealServer;
    let facts: BoardFacts;

    async function startServer(): Promise<void> {
      server = await RealServer.start(options);
      onTestFinished(() => server[Symbol.asyncDispose]());
      facts = await probeBoard(await link(), server.address.workFolder, {});
    }

    async function link(): Promise<SshConnection> {
      const connection = await connect(server.address, {});
      onTestFinished(() => connection[Symbol.asyncDispose]());
      return connection;
    }
    const cacheOver = (connection: SshConnection) => new BoardCache(connection, facts);
    const folder = () => `${server.address.workFolder}/cache`;
    const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
    const unfinished = () => readdirSync(folder()).filter((name) => name.endsWith('.tmp'));

    test('from two sessions: both find it whole, and no part of it stays', async () => {
      await startServer();
      const caches = [cacheOver(await link()), cacheOver(await link())];
      for (let round = 0; round < rounds; round++) {
        const file = fileOf(sizes[round % 2]!);

        const placed = await Promise.all(caches.map((cache) => cache.place(file, {})));

        expect(new Set(placed.map(({ path }) => path))).toEqual(new Set([`${folder()}/${file.sha256}`]));
        expect(hashOf(placed[0]!.path)).toBe(file.sha256);
        // Whatever came of the two marks, the content is known or looked at: it is not sent again.
        expect((await caches[0]!.place(file, {})).uploadedBytes).toBe(0);
      }
      expect(unfinished()).toEqual([]);
    });

    test('from one whose link is cut at any moment: half a file never has the name of the whole', async () => {
      await startServer();
      const survivor = cacheOver(await link());
      for (let round = 0; round < rounds; round++) {
        const file = fileOf(sizes[round % 2]!);
        const path = `${folder()}/${file.sha256}`;
        const cut = await connect(server.address, {});
        let seenWrong = 0;
        const watch = setInterval(() => {
          if (existsSync(path) && hashOf(path) !== file.sha256) seenWrong++;
        }, 1);

        const broken = cacheOver(cut)
          .place(file, {})
          .catch(() => undefined);
        await setTimeout(round * 8);
        cut.client.destroy();
        await broken;
        const afterwards = existsSync(path) ? hashOf(path) : file.sha256;
        const whole = await survivor.place(file, {});
        clearInterval(watch);

        expect(afterwards).toBe(file.sha256);
        expect(hashOf(whole.path)).toBe(file.sha256);
        expect(seenWrong).toBe(0);
        await cut[Symbol.asyncDispose]();
      }
    });
  },
);
