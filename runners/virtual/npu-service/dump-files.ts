import type { LayerOutput } from '../../../harness/board/session.ts';
import { layerNamesFollow } from '../npu/layer-dump.ts';
import type { DumpFile } from './answers.ts';

/**
 * The files that a run under `NN_LAYER_DUMP` leaves: one for each layer in the order of execution, then the list of the
 * layers' names.
 *
 * @param printed - Lines of the run. The simulation puts the list at their end; it is taken out of there.
 */
export function dumpFiles(layers: readonly LayerOutput[], printed: string[]): DumpFile[] {
  const files: DumpFile[] = layers.map(({ name, tensor: { data } }) => ({
    name,
    content: data instanceof Float32Array ? data : Float32Array.from(data as Iterable<number>),
  }));
  const start = printed.indexOf(layerNamesFollow);
  if (start >= 0) {
    const [, ...lines] = printed.splice(start);
    files.push({ name: 'NodeID_To_LayerName.txt', content: Buffer.from(`${lines.join('\n')}\n`) });
  }
  return files;
}
