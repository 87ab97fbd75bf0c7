import type { RknnFile } from '../reference/rknn-file/rknn-file.ts';
import { readRknn } from '../reference/rknn-file/rknn-file.ts';
import { RknnPrecompiledError } from '../reference/rknn/import-error.ts';
import { readGraph, type RknnGraph } from '../reference/rknn/read-graph.ts';
import { sha256Hex } from '../tensor/content-hash.ts';
import { alignNodes } from './align-nodes.ts';
import { diffConstants, diffTensors, type FloatConstants } from './diff-constants.ts';
import { diffDescription, diffEdges } from './diff-description.ts';
import { diffFusions } from './diff-fusions.ts';
import { diffNodes } from './diff-nodes.ts';
import type { ModelDiff, ModelSummary } from './model-diff.ts';

export interface ModelToDiff {
  /** Where the bytes come from. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

/**
 * Says what is different between two .rknn files of one network: what a new toolkit version changed, without a board.
 *
 * @param floats - For errors against the float network; see `floatConstants`.
 * @throws {HilError} Owner `spec`: a file is damaged, encrypted, or pre-compiled, which shows nothing of the network.
 */
export function diffModels(before: ModelToDiff, after: ModelToDiff, floats?: FloatConstants): ModelDiff {
  const [old, now] = [open(before), open(after)];
  const pairs = alignNodes(old.graph, now.graph);
  const tensors = diffTensors(pairs);
  const constants = diffConstants(pairs, floats);
  return {
    before: old.summary,
    after: now.summary,
    description: [
      ...diffDescription(old.file.trailer, now.file.trailer),
      ...diffEdges('input', old.graph.inputs, now.graph.inputs),
      ...diffEdges('output', old.graph.outputs, now.graph.outputs),
    ],
    nodes: diffNodes(pairs, old.graph, now.graph),
    fusions: diffFusions(pairs, old.graph, now.graph, [before.file, after.file]),
    tensors: tensors.changes,
    constants: constants.changes,
    compared: {
      nodes: pairs.filter(({ before: was, after: is }) => was && is).length,
      tensors: tensors.compared,
      constants: constants.compared,
    },
  };
}

interface OpenModel {
  readonly file: RknnFile;
  readonly graph: RknnGraph;
  readonly summary: ModelSummary;
}

function open({ file: path, bytes }: ModelToDiff): OpenModel {
  const file = readRknn(bytes, path);
  if (file.trailer.pre_compile === 1) throw new RknnPrecompiledError(path);
  const graph = readGraph(file, path);
  return {
    file,
    graph,
    summary: {
      file: path,
      sha256: sha256Hex(bytes),
      toolkit: file.trailer.version,
      nodes: graph.nodes.length,
      constantBytes: (file.trailer.const_tensor ?? []).reduce((sum, { len }) => sum + len, 0),
    },
  };
}
