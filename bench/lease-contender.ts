import { closeSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { openRecordStore } from '../harness/store/history/open-record-store.ts';

// One of the processes of leases.bench.ts: takes boards, holds them a while, and gives them back.

export interface Contender {
  readonly url: string;
  /** Folder for lock files: they see double use whatever the store believes. */
  readonly witness: string;
  readonly boards: readonly string[];
  readonly seed: number;
}

/** When all begin and end together, once each has opened the store. */
export interface ContenderSpan {
  readonly startAt: number;
  readonly endAt: number;
}

export interface ContenderReport {
  readonly leases: number;
  readonly heldMs: number;
  readonly doubles: number;
}

async function contend({ url, witness, boards, seed }: Contender): Promise<ContenderReport> {
  await using store = await openRecordStore(url, '/');
  const span = new Promise<ContenderSpan>((resolve) => {
    process.once('message', (message) => resolve(message as ContenderSpan));
  });
  process.send!('open');
  const { startAt, endAt } = await span;
  let state = seed + 1;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  let [leases, heldMs, doubles] = [0, 0, 0];
  await setTimeout(startAt - Date.now());
  while (Date.now() < endAt) {
    const lease = await store.leases.waitForAny(boards, `contender ${seed}`, 10_000, { atMostMs: 1000 });
    if (lease === undefined) continue;
    const from = Date.now();
    if (from >= endAt) {
      await store.leases.release(lease);
      break;
    }
    const path = join(witness, lease.board);
    try {
      closeSync(openSync(path, 'wx'));
    } catch {
      doubles++;
    }
    await setTimeout(200 + random() * 600);
    rmSync(path, { force: true });
    heldMs += Math.min(Date.now(), endAt) - from;
    leases++;
    await store.leases.release(lease);
  }
  return { leases, heldMs, doubles };
}

process.once('message', (work) => {
  void contend(work as Contender).then((report) => process.send!(report));
});
process.send!('ready');
