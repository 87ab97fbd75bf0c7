import type { Comparison } from '../compare/comparison.ts';
import type { AnalysedLayers } from '../layers/analyse-layers.ts';
import { pairAnswers } from '../model-diff/answers.ts';
import type { RknnFile } from '../reference/rknn-file/rknn-file.ts';
import { readGraph } from '../reference/rknn/read-graph.ts';
import { advise } from './advise.ts';
import type { ConversionCheck } from './conversion-check.ts';
import { layerIds } from './layer-ids.ts';
import { readLayers } from './read-layers.ts';
import { readWeights } from './read-weights.ts';

/** What the converted network showed on one input. */
export interface TriedInput {
  readonly case: string;
  readonly layers: AnalysedLayers;
  readonly comparison: Comparison;
}

/**
 * Holds a converted network against its float original: layers and answers on some inputs, and how well its weights are
 * stored. Pure.
 *
 * @param tried - At least one input.
 */
export function checkConversion(
  model: string,
  file: RknnFile,
  tried: readonly TriedInput[],
): ConversionCheck {
  const analyses = tried.map(({ layers }) => layers.analysis);
  const [first] = analyses;
  const ids = layerIds(first?.rows ?? [], file.trailer);
  const layers = readLayers(
    tried.map((each) => each.layers),
    ({ value }) => ids.get(value),
  );
  const precompiled = file.trailer.pre_compile === 1;
  const weights = precompiled ? [] : readWeights(readGraph(file, model));
  const format = first?.format ?? 'unknown';
  return {
    model,
    toolkit: file.trailer.version,
    format,
    cases: tried.map((each) => each.case),
    layers,
    weights: weights
      .filter(({ snrDb, coarseChannels }) => snrDb < mentionedSnrDb || coarseChannels > 0)
      .toSorted((a, b) => a.snrDb - b.snrDb),
    weightsSeen: weights.length,
    answers: tried.flatMap(({ case: name, comparison }) =>
      pairAnswers(name, comparison, comparison).map(({ output, golden, after }) => ({
        case: name,
        output,
        golden,
        converted: after,
      })),
    ),
    advice: advise({ layers, weights, format, optimizationLevel: file.trailer.optimization_level }),
    remarks: [...new Set(analyses.flatMap(({ remarks }) => remarks))],
  };
}

/** Worse weights are listed: rounding takes over 2 % of their own size. */
const mentionedSnrDb = 34;
