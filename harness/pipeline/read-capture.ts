import { join } from 'node:path';
import type { Project } from '../project/project.ts';
import { readCapture } from '../store/capture.ts';
import type { ReadCapture } from '../store/capture-view.ts';
import { boardOutputsOf } from './judge-case.ts';

/** Opens captures for reporters: both sides under the golden's names, as real numbers. */
export const captureReader =
  ({ root, stateFolder }: Pick<Project, 'root' | 'stateFolder'>): ReadCapture =>
  async ({ capture }) => {
    if (capture === undefined) return undefined;
    const { golden, outputs, log } = await readCapture(join(root, capture), stateFolder);
    return { golden: golden.outputs, board: boardOutputsOf(golden.outputs, outputs), log };
  };
