import { expect, test } from 'vitest';
import { aarch64Programs, containerEngine, skipUnlessMet } from '../../../runners/machine-needs.ts';
import { answersOf } from './answers-of.ts';
import { hil } from './hil-process.ts';
import { lacksPublishedFiles, vendorFileProject } from './vendor-file-project.ts';

const timeout = 600_000;

test(
  'an aarch64 board in a container answers files of the vendor’s layout with the bytes of the embedded board',
  {
    timeout,
  },
  async (context) => {
    skipUnlessMet(context, containerEngine, aarch64Programs);
    using place = vendorFileProject({ published: lacksPublishedFiles === undefined });
    await hil(place.root, 'run', 'specs');
    const embedded = await answersOf(place);

    const { code, stdout, stderr } = await hil(place.root, 'run', 'specs', '--board', 'container');

    expect(stdout + stderr).toMatch(/\d passed, 0 failed, 0 broken, 0 skipped/);
    expect(await answersOf(place)).toEqual(embedded);
    expect(Object.keys(embedded)).toHaveLength(lacksPublishedFiles === undefined ? 5 : 4);
    expect(code).toBe(0);
  },
);
