import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readRecords } from '../../store/record-journal.ts';
import { findRunFolder } from '../../store/run-folder.ts';
import { cli } from '../fake-io.ts';
import { builtInSuite } from './built-in-suite.ts';
import { hil } from './hil-process.ts';
import { tinyProject, tinySpec } from './tiny-project.ts';

describe('a team’s own binary', { timeout: 120_000 }, () => {
  test('runs a spec, and what it lists is compared, recorded, judged again and linted', async () => {
    using place = builtInSuite();

    const { code, stdout } = await hil(place.root, 'run', 'specs/own-binary');

    const folder = findRunFolder(place.path('.hil'), 'latest');
    const records = [...readRecords(folder)];
    expect(stdout).toContain('2 passed, 0 failed, 0 broken, 0 skipped');
    expect(code).toBe(0);
    expect(records[0]).toMatchObject({
      verdict: 'passed',
      target: { simulated: true, stack: { name: '1.7.5', driver: { version: '6.4.6.5.351518' } } },
      comparison: { outputs: [{ name: 'prob', shape: [1, 10], given: { values: 5, of: 10 } }] },
      hashes: { command: expect.stringMatching(/^[0-9a-f]{64}$/) },
      timings: { npuTimeUs: [] },
      unseenFaults: [],
    });
    const log = readFileSync(place.path(`${records[0]!.capture!}/log.txt`), 'utf8');
    expect(log).toMatch(/^rknn_simulated_demo: a stand-in/);
    expect(log).not.toContain('hil-end');

    const judged = await cli(place.root, 'judge', 'latest', '--tolerance', '{atol: 1e-7}');
    const refused = await cli(place.root, 'judge', 'latest', '--tolerance', '{minCosine: 0.9}');
    const linted = await cli(place.root, 'lint', 'specs/own-binary');
    expect(judged.stdout).toContain('prob: 5 of 10 values given; the others were not compared');
    expect(judged.code).toBe(1);
    expect(refused.stderr).toContain(
      'minCosine needs every value of output prob, but the board gave some only',
    );
    expect(linted.stdout).toContain('tolerances tested on 2 answers of boards and 0 goldens');
  });

  test('that fails is told like any other failure', async () => {
    const command = { program: { onBoard: 'rknn_simulated_demo' }, outputs: [{ parser: 'top5' }] };
    const { boardInput: _, ...spec } = tinySpec('tiny', { inputs: 'up.npy', command });
    using place = tinyProject({ tiny: spec });

    const { code, stdout } = await cli(place.root, 'run');

    // The network has no picture for an input, which the demo cannot load: nobody but the program knows that.
    expect(stdout).toContain(
      'rknn_simulated_demo ended with exit status 255; it printed: rknn_simulated_demo: a stand-in',
    );
    expect(stdout).toContain('load image failed!');
    expect(stdout).toContain('HIL_PROGRAM_FAILED');
    expect(code).toBe(1);
  });
});
