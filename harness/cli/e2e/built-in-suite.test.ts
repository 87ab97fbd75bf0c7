import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readRecords } from '../../store/record-journal.ts';
import { readCapture } from '../../store/capture.ts';
import { findRunFolder } from '../../store/run-folder.ts';
import { halvesToFloats } from '../../tensor/half.ts';
import { cli } from '../fake-io.ts';
import { builtInSuite } from './built-in-suite.ts';
import { hil, masked } from './hil-process.ts';

const timeout = 120_000;

interface StoryExpectations {
  readonly settings: Readonly<Record<string, { readonly softmax: readonly number[] }>>;
}

/** Steps of the story that show a mistake of input settings, with the setting that PyTorch was fed accordingly. */
const wrongSettings = {
  'story 1, signed bytes › picture': 'int8_nhwc_mean128_reorder210',
  'story 2, declared planes › picture': 'int8_declared_nchw_mean128_reorder210',
  'story 3, reorder on planes › picture': 'float_nchw_mean0_reorder210',
} as const;
const rightSettings = {
  'story 4, right › picture': 'correct_float_planes',
  'story 5, size in elements › picture': 'correct_float_planes',
  'story 7, the official rule › picture': 'correct_bytes',
} as const;

describe('the built-in suite', { timeout }, () => {
  test('tells the user’s story: each wrong setting gives its wrong softmax, the right ones pass', async () => {
    using place = builtInSuite();
    const { settings } = JSON.parse(
      readFileSync(place.path('specs/models/story.expected.json'), 'utf8'),
    ) as StoryExpectations;

    const { code, stdout } = await hil(place.root, 'run', 'specs/story');

    const folder = findRunFolder(place.path('.hil'), 'latest');
    const records = new Map(readRecords(folder).map((record) => [record.case.name, record]));
    expect(code).toBe(1);
    expect(stdout).toContain('3 passed, 5 failed, 0 broken, 0 skipped');
    const observed = await Promise.all(
      Object.entries({ ...wrongSettings, ...rightSettings }).map(async ([name, setting]) => {
        const record = records.get(name)!;
        const { outputs } = await readCapture(place.path(record.capture!), place.path('.hil'));
        const softmax = [...halvesToFloats(outputs[0]!.tensor.data as Uint16Array)];
        const expected = settings[setting]!.softmax;
        const off = Math.max(...expected.map((value, index) => Math.abs(softmax[index]! - value)));
        return { name, verdict: record.verdict, class: record.class, off };
      }),
    );
    expect(observed.map(({ name, verdict, class: kind }) => [name, verdict, kind])).toEqual([
      ...Object.keys(wrongSettings).map((name) => [name, 'failed', 'precision']),
      ...Object.keys(rightSettings).map((name) => [name, 'passed', undefined]),
    ]);
    // The board's float16 arithmetic against PyTorch's float32 for the same, maybe wrong, input.
    expect(observed.filter(({ off }) => !(off < 0.01))).toEqual([]);
    expect(records.get('story 6, as if float32 › picture')).toMatchObject({
      verdict: 'failed',
      reason: expect.stringContaining('limit 0.00001'),
    });
  });

  test('passes in every format on every SDK, within tolerances that see every injected fault', async () => {
    using place = builtInSuite();

    for (const sdk of ['1.5.0', '1.6.1', '1.7.5']) {
      const { code, stdout } = await hil(place.root, 'run', 'specs', '--sdk', sdk);

      expect(stdout).toContain('120 passed, 0 failed, 0 broken, 0 skipped');
      expect(stdout).not.toContain('Tolerances that would miss an injected fault');
      expect(code).toBe(0);
    }
    const { code, stdout } = await cli(place.root, 'lint', 'specs');

    expect(stdout).toContain(
      '120 cases are sound; tolerances tested on 120 answers of boards and 0 goldens.\n\nEvery injected fault would be seen.\n',
    );
    expect(code).toBe(0);
  });

  test('shows a failure and a broken rig, and keeps the two apart', async () => {
    using place = builtInSuite();

    const { code, stdout } = await hil(place.root, 'run', 'specs/showcase');

    const lines = masked(stdout, place.root);
    expect(code).toBe(1);
    expect(lines).toContain('0 passed, 3 failed, 1 broken, 0 skipped in <time>');
    // Two files, so two workers: which of them is first is no promise.
    expect(lines.filter((line) => /^(FAILED|BROKEN) /.test(line)).sort()).toEqual([
      'BROKEN  showcase, a broken rig › apple-1  on virtual-unplugged (simulated), SDK 1.7.5, fp16',
      'FAILED  showcase, a failure › apple-2  on virtual (simulated), SDK 1.7.5, fp16',
      'FAILED  showcase, a failure › picture  on virtual (simulated), SDK 1.7.5, fp16',
      'FAILED  showcase, a failure › plum-2  on virtual (simulated), SDK 1.7.5, fp16',
    ]);
    expect(stdout).toContain('HIL_SSH_LOST, for the keeper of the lab');
  });

  test('blames no board where the reference disagrees with what the author expects, and names the mistake', async () => {
    using place = builtInSuite();
    const defaults = place.path('specs/story/hil.defaults.yaml');
    writeFileSync(
      defaults,
      `${readFileSync(defaults, 'utf8').replace('channelOrder: bgr', 'channelOrder: rgb')}golden: swapped\n`,
    );

    const { code, stdout } = await hil(place.root, 'run', 'specs/story/4-right.hil.yaml');

    expect(code).toBe(3);
    expect(readRecords(findRunFolder(place.path('.hil'), 'latest'))).toMatchObject([
      { verdict: 'broken', class: 'precluded', error: { owner: 'spec' } },
    ]);
    expect(stdout).toMatch(/specs\/story\/4-right\.hil\.yaml.*reference.*0\.952/);
    expect(stdout).toMatch(
      /next: With .*bgr.* the reference gives .*0\.952.*correct `preprocess` in the spec\./,
    );
  });
});
