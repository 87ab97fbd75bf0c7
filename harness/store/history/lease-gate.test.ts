import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import BetterSqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { LeaseGate, leaseHolder, type LeaseGateOptions } from './lease-gate.ts';
import { openRecordStore } from './open-record-store.ts';

function storeFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hil-gate-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'history.sqlite');
}

function gateOf(file: string, holder: string, options: Partial<LeaseGateOptions> = {}): LeaseGate {
  const gate = new LeaseGate({ open: () => openRecordStore(file, '/'), holder, pollMs: 10, ...options });
  onTestFinished(() => gate[Symbol.asyncDispose]());
  return gate;
}

test('a board goes from one run to the next when it is given back, and who waits hears who has it', async () => {
  const file = storeFile();
  const waits: string[] = [];
  const [anna, ben] = [
    gateOf(file, 'anna'),
    gateOf(file, 'ben', { onWait: (board, holder) => waits.push(`${board}: ${holder}`) }),
  ];
  await anna.enter('rack-1');

  const waiting = ben.enter('rack-1').then(() => 'ben has it');
  await expect.poll(() => waits).toEqual(['rack-1: anna']);
  anna.leave('rack-1');

  expect(await waiting).toBe('ben has it');
});

test('a run that ends gives back all it has', async () => {
  const file = storeFile();
  const anna = gateOf(file, 'anna');
  await anna.enter('rack-1');
  await anna.enter('rack-2');

  await anna[Symbol.asyncDispose]();

  await using store = await openRecordStore(file, '/');
  expect(await store.leases.list()).toEqual([]);
});

test('a lease is renewed while it is held, and expires when its run is gone', async () => {
  const file = storeFile();
  const anna = gateOf(file, 'anna', { ttlMs: 300 });
  await anna.enter('rack-1');
  await using store = await openRecordStore(file, '/');
  const [first] = await store.leases.list();

  await expect.poll(async () => (await store.leases.list())[0]?.expiresAt).not.toBe(first!.expiresAt);
  // As after a kill: nobody renews it any more.
  await store.leases.acquire('rack-2', 'killed', 1);

  await expect.poll(async () => (await store.leases.list()).map(({ board }) => board)).toEqual(['rack-1']);
});

test('who waits when the run ends is told', async () => {
  const file = storeFile();
  await gateOf(file, 'anna').enter('rack-1');
  const ben = gateOf(file, 'ben');
  const waiting = ben.enter('rack-1').catch((error: unknown) => error);

  await ben[Symbol.asyncDispose]();

  expect(await waiting).toBeInstanceOf(Error);
});

test('says why no lease can be had, and opens no store before one is wanted', async () => {
  let opened = 0;
  const gate = gateOf('-', 'anna', {
    open: () => {
      opened++;
      return Promise.reject(new Error('the server is down'));
    },
  });
  const before = opened;

  await expect(gate.enter('rack-1')).rejects.toThrow('the server is down');
  expect([before, opened]).toEqual([0, 1]);
});

test('a lease that another run was given meanwhile is believed to be lost', async () => {
  const file = storeFile();
  const lost: string[] = [];
  const anna = gateOf(file, 'anna', { ttlMs: 200, onLost: (board) => lost.push(board) });
  await anna.enter('rack-1');
  await anna.enter('rack-2');
  await using store = await openRecordStore(file, '/');
  const held = (await store.leases.list()).find(({ board }) => board === 'rack-1')!;

  await store.leases.release(held);
  const ben = await store.leases.acquire('rack-1', 'ben', 60_000);

  expect(ben.granted).toBe(true);
  await expect.poll(() => lost).toEqual(['rack-1']);
  anna.leave('rack-1');
  expect((await store.leases.list()).find(({ board }) => board === 'rack-1')?.holder).toBe('ben');
});

test('a store that somebody keeps locked for longer than a lease holds costs nothing', async () => {
  const file = storeFile();
  const lost: string[] = [];
  const anna = gateOf(file, 'anna', { ttlMs: 200, onLost: (board) => lost.push(board) });
  await anna.enter('rack-1');
  const other = new BetterSqlite(file);
  onTestFinished(() => void other.close());

  other.exec('begin exclusive');
  await delay(600);
  other.exec('commit');

  await using store = await openRecordStore(file, '/');
  await expect.poll(async () => (await store.leases.list()).map(({ holder }) => holder)).toEqual(['anna']);
  expect(lost).toEqual([]);
});

test('does not wait for a process of this machine that is gone, but for one that is there', async () => {
  const file = storeFile();
  const { pid } = spawnSync('true');
  await using store = await openRecordStore(file, '/');
  await store.leases.acquire(
    'rack-1',
    leaseHolder('r1').replace(`pid ${process.pid}`, `pid ${pid}`),
    600_000,
  );
  await store.leases.acquire('rack-2', leaseHolder('r2'), 600_000);
  const waits: string[] = [];
  const gate = gateOf(file, 'anna', { onWait: (board) => waits.push(board) });

  await gate.enter('rack-1');
  void gate.enter('rack-2').catch(() => undefined);

  await expect.poll(() => waits).toEqual(['rack-2']);
});
