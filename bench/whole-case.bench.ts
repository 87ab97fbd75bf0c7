import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boardsOf } from '../harness/vitest/boards.ts';
import { prepareRun } from '../harness/vitest/prepare-run.ts';
import type { CaseRecord } from '../harness/store/record.ts';
import { workerServices } from '../harness/vitest/worker-services.ts';
import { targetsOf } from '../harness/pipeline/plan-cases.ts';
import { runCase } from '../harness/pipeline/run-case.ts';
import { loadProject } from '../harness/project/project.ts';
import { loadSpecFile } from '../harness/spec/load-spec-file.ts';
import type { BenchRow } from './bench-row.ts';
import { copySuite } from './copy-suite.ts';
import { median } from './median.ts';

const cases = 300;

/** Where the time of a warm case goes: everything from the picture's file to the capture on the disk. */
export async function run(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hil-bench-case-'));
  try {
    const project = loadProject(await copySuite(join(folder, 'project'), cases));
    await using services = workerServices(prepareRun(project, {}).settings);
    const testCases = await loadSpecFile(join(project.root, 'bench.hil.json'), project, () =>
      Promise.reject(new Error()),
    );
    const records: CaseRecord[] = [];
    const waiting = [...testCases];
    // As in a run: while one case is on the board, the next prepares its input.
    const lane = async (): Promise<void> => {
      for (let testCase = waiting.shift(); testCase; testCase = waiting.shift()) {
        const targets = targetsOf(testCase, boardsOf(project), {}, project);
        records.push(await runCase(testCase, targets, services.cases, { onStage: () => undefined }));
      }
    };
    await Promise.all([lane(), lane()]);
    const warm = records.slice(cases / 3);
    const wrong = warm.find(({ verdict }) => verdict !== 'passed');
    if (wrong) throw new Error(`${wrong.case.name}: ${wrong.reason}`);
    const stages = ['prepare', 'reference', 'run', 'compare', 'store'] as const;
    const stageMs = stages.map(
      (stage) => `${stage} ${median(warm.map(({ timings }) => timings.stagesMs[stage] ?? 0)).toFixed(2)}`,
    );
    const npuMs = median(warm.map(({ timings }) => timings.npuTimeUs[0]! / 1000));
    return [
      {
        name: 'a whole warm case: decode, reference, run, compare, capture on the disk',
        value: median(warm.map(({ timings }) => timings.totalMs)),
        unit: 'ms',
        note: `median of ${warm.length}; stages in ms, some of them at the same time: ${stageMs.join(', ')}; NPU ${npuMs.toFixed(2)}`,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
