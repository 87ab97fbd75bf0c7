import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageFolder } from '../harness/harness-version.ts';
import type { BenchRow } from './bench-row.ts';
import { copySuite } from './copy-suite.ts';
import { median } from './median.ts';

const [few, many] = [50, 500];
const rounds = 3;

/** Whether many cases cost more each than few: `hil run` with all its reports. */
export async function run(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hil-bench-growth-'));
  try {
    const projects = [
      await copySuite(join(folder, 'few'), few),
      await copySuite(join(folder, 'many'), many),
    ] as const;
    const times: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      for (const [i, project] of projects.entries()) {
        const started = performance.now();
        await promisify(execFile)(process.execPath, [join(packageFolder, 'bin/hil.js'), 'run'], {
          cwd: project,
          maxBuffer: 64 * 2 ** 20,
        });
        times[i]!.push(performance.now() - started);
      }
    }
    const [fewMs, manyMs] = times.map(median) as [number, number];
    const row = { unit: 'ms', note: `medians of ${rounds} rounds taken in turn` } as const;
    return [
      {
        ...row,
        name: `\`hil run\` of ${many} cases, with records, captures and reports`,
        value: manyMs,
        peer: `of ${few} cases`,
        peerValue: fewMs,
        ratio: manyMs / fewMs,
        aim: `at most ${many / few}: no case costs more because there are many`,
      },
      { ...row, name: 'one more case', value: (manyMs - fewMs) / (many - few) },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
