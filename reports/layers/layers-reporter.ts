import { join } from 'node:path';
import type { Reporter } from '../../harness/pipeline/reporter.ts';
import { writeDurably } from '../../harness/store/durable-file.ts';
import { readLayers } from '../../harness/store/layer-capture.ts';
import { layerPage } from './layer-page.ts';

/** Name of the page in a case's capture folder. */
export const layerPageName = 'layers.html';

/** Writes a page beside the capture of every case whose layers were looked at. */
export function layersReporter(): Reporter {
  let root = '';
  return {
    onRunStart: (plan) => {
      ({ root } = plan);
    },
    async onCaseEnd(record) {
      if (record.explanation?.layers === undefined || record.capture === undefined) return;
      const folder = join(root, record.capture);
      const layers = await readLayers(folder);
      if (layers) await writeDurably(join(folder, layerPageName), layerPage(record, layers));
    },
  };
}
