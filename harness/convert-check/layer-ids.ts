import type { LayerRow } from '../layers/layer-analysis.ts';
import { OriginalNames } from '../layers/mapping/original-name.ts';
import type { RknnTrailer } from '../reference/rknn-file/trailer.ts';

/**
 * What the model file calls the layers of an analysis, by their values: `<name>_<uid>`, the form that hybrid quantisation
 * takes. Of the nodes of a fused layer it is the first, which has the weights.
 */
export function layerIds(rows: readonly LayerRow[], { nodes = [] }: RknnTrailer): Map<string, string> {
  const steps = rows.flatMap(({ value, nodes: fused }) => fused.map(({ name }) => ({ value, node: name })));
  const names = new OriginalNames(steps.map(({ node }) => ({ name: node, node })));
  const ids = new Map<string, string>();
  for (const { name, lid } of nodes) {
    const step = names.find(name);
    const value = step === undefined ? undefined : steps[step]!.value;
    if (value !== undefined && !ids.has(value)) ids.set(value, lid);
  }
  return ids;
}
