import type { TensorAttribute } from '../board/tensor-attribute.ts';
import type { RknnTrailer } from '../reference/rknn-file/trailer.ts';
import { formatShape } from '../tensor/tensor.ts';
import { formatStorage } from './format-storage.ts';
import type { FieldChange } from './model-diff.ts';

/** Fields that decide how the network is fed and computed, and what a change of them means. */
const fields: { readonly [K in keyof RknnTrailer]?: string | undefined } = {
  version: undefined,
  ovxlib_version: undefined,
  target_platform: 'the file runs on other chips',
  ori_network_platform: 'the network comes from another framework',
  mean_value: 'the runtime subtracts something else from the input',
  mean_value_chns: 'means are split over the inputs in another way',
  std_value: 'the runtime divides the input by something else',
  reorder: 'the runtime exchanges the input’s channels in another way',
  input_fmt: 'the input tensor has another layout',
  input_transpose: 'the runtime transposes the input in another way',
  output_fmt: 'outputs have another layout',
  optimization_level: 'the converter rewrites the graph to another degree; level 3 may lose precision',
  optimization_level_version: 'drivers that do not know it refuse the file',
  pre_compile: 'a pre-compiled file runs only on the driver that it was compiled for',
  pre_compile_version: 'drivers of another version refuse the file',
};

export function diffDescription(before: RknnTrailer, after: RknnTrailer): FieldChange[] {
  return Object.entries(fields).flatMap(([field, meaning]) => {
    const [old, now] = [before[field], after[field]].map((value) =>
      value === undefined ? undefined : JSON.stringify(value),
    );
    return old === now ? [] : [{ field, before: old, after: now, meaning }];
  });
}

/** Changes of what the outside sees of inputs or outputs. */
export function diffEdges(
  side: 'input' | 'output',
  before: readonly TensorAttribute[],
  after: readonly TensorAttribute[],
): FieldChange[] {
  return Array.from({ length: Math.max(before.length, after.length) }, (_, index): FieldChange[] => {
    const [old, now] = [before[index], after[index]];
    const [oldText, nowText] = [old, now].map((attribute) => attribute && tellEdge(attribute));
    if (oldText === nowText) return [];
    const name = (now ?? old)!.name;
    const meaning =
      old && now && old.dtype === now.dtype
        ? 'the same real values are stored as other numbers'
        : 'programs that pass raw elements must change';
    return [
      {
        field: `${side} ${index}${name === '' ? '' : ` (${name})`}`,
        before: oldText,
        after: nowText,
        meaning,
      },
    ];
  }).flat();
}

const tellEdge = (attribute: TensorAttribute): string =>
  `${formatShape(attribute.shape)} ${attribute.layout} ${formatStorage(attribute)}`;
