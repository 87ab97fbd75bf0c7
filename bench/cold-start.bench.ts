import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageFolder } from '../harness/harness-version.ts';
import type { BenchRow } from './bench-row.ts';
import { copySuite } from './copy-suite.ts';
import { median } from './median.ts';

const rounds = 9;

/** From the command to its end: `hil run` of one case against Vitest's own run of one empty test, in turns. */
export async function run(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hil-bench-cold-'));
  try {
    const project = await copySuite(join(folder, 'project'), 1);
    const empty = join(folder, 'empty');
    await mkdir(empty);
    await writeFile(
      join(empty, 'empty.test.mjs'),
      "import { test } from 'vitest';\ntest('nothing', () => {});\n",
    );
    await symlink(join(packageFolder, 'node_modules'), join(empty, 'node_modules'));

    const hil = () => time([join(packageFolder, 'bin/hil.js'), 'run'], project);
    const vitest = () => time([join(packageFolder, 'node_modules/vitest/vitest.mjs'), 'run'], empty);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = -1; round < rounds; round++) {
      const [hilMs, vitestMs] = [await hil(), await vitest()];
      if (round < 0) continue;
      ours.push(hilMs);
      theirs.push(vitestMs);
    }
    const value = median(ours);
    const peerValue = median(theirs);
    return [
      {
        name: '`hil run` of one case, from nothing',
        value,
        unit: 'ms',
        peer: '`vitest run` of an empty test',
        peerValue,
        ratio: value / peerValue,
        aim: 'under 2',
        note: `medians of ${rounds} rounds taken in turn`,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function time(command: readonly string[], cwd: string): Promise<number> {
  const started = performance.now();
  await promisify(execFile)(process.execPath, command, { cwd, maxBuffer: 64 * 2 ** 20 });
  return performance.now() - started;
}
