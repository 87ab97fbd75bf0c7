import { join } from 'node:path';
import type { Project } from '../project/project.ts';
import { readCapture } from '../store/capture.ts';
import type { ReadCapture } from '../store/capture-view.ts';
import { readLayers } from '../store/layer-capture.ts';
import { boardOutputsOf } from './judge-case.ts';

/** Opens captures for reporters: both sides under the golden's names, as real numbers. */
export const captureReader =
  ({ root, stateFolder }: Pick<Project, 'root' | 'stateFolder'>): ReadCapture =>
  async ({ capture, explanation }) => {
    if (capture === undefined) return undefined;
    const folder = join(root, capture);
    const { golden, outputs, log } = await readCapture(folder, stateFolder);
    return {
      golden: golden.outputs,
      board: boardOutputsOf(golden.outputs, outputs),
      log,
      layers: explanation?.layers && (await readLayers(folder)),
    };
  };
