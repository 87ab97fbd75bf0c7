import type { TensorAttribute } from '../board/tensor-attribute.ts';
import type { DType } from '../tensor/dtype.ts';
import type { NumericFormat } from '../tensor/quantisation.ts';

/** Something about a model file that a person should know. */
export interface Remark {
  /** `warning`: likely to go wrong; `note`: good to know when it does. */
  readonly level: 'warning' | 'note';
  /** Subject, stable: scripts match on this. */
  readonly rule: string;
  readonly sentence: string;
  readonly advice: string;
}

export const warning = (rule: string, sentence: string, advice: string): Remark => ({
  level: 'warning',
  rule,
  sentence,
  advice,
});
export const note = (rule: string, sentence: string, advice: string): Remark => ({
  level: 'note',
  rule,
  sentence,
  advice,
});

/** An input, with what the runtime does to the values before they get there. */
export interface InspectedInput extends TensorAttribute {
  /** Per channel, in the order after the reorder; empty if the file says "no normalisation" or nothing. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** As the file has it; only exactly 2 1 0 does something, and only to three channels. */
  readonly reorder: readonly number[];
}

/** Head of a compiled network binary. The names of the fields are inferred from real files. */
export interface NbgHeader {
  readonly formatVersion: number;
  /** The NPU's customer id: 0x82 is expected for the RK1808 family, 0xB5 was seen for RV1109 and RV1126. */
  readonly targetId: number;
  readonly name: string;
  readonly layers: number;
  readonly operations: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** What a .rknn file says about itself. */
export interface RknnInspection {
  readonly kind: 'rknn';
  readonly file: string;
  readonly bytes: number;
  readonly containerVersion: 1 | 2;
  /** Made for the virtual board: no real board loads it. */
  readonly forVirtualBoard: boolean;
  readonly name: string | undefined;
  readonly toolkit: string | undefined;
  readonly graphLibrary: string | undefined;
  readonly targetPlatforms: readonly string[];
  /** The framework that the network came from, as far as the file tells: ONNX and PyTorch say `caffe` too. */
  readonly networkPlatform: string | undefined;
  readonly precompiled: boolean;
  /** Of the payload, where it is a compiled network. */
  readonly compiled: NbgHeader | undefined;
  readonly optimizationLevel: number | undefined;
  readonly customOperators: readonly string[];
  /** Numeric format of the layers; undefined where neither they nor the inputs tell. */
  readonly format: NumericFormat | undefined;
  readonly inputs: readonly InspectedInput[];
  readonly outputs: readonly TensorAttribute[];
  /** Whether the last operator before each output is a softmax; undefined in compiled networks. */
  readonly softmaxOutputs: readonly (boolean | undefined)[];
  /** Tensors between the layers, by storage: `uint8 affine` -> 64. */
  readonly innerTensors: Readonly<Record<string, number>>;
  readonly constants: Readonly<Record<string, number>>;
  /** Operators by kind, without the vendor's prefix. */
  readonly layers: Readonly<Record<string, number>>;
  readonly payloadBytes: number;
  readonly remarks: readonly Remark[];
}

/** A named value of a float network; an extent is a number, or the name of a free one. */
export interface NetworkValue {
  readonly name: string;
  readonly dtype: DType | undefined;
  readonly shape: readonly (number | string)[] | undefined;
}

/** What an ONNX or Caffe file says. */
export interface NetworkInspection {
  readonly kind: 'onnx' | 'prototxt' | 'caffemodel';
  readonly file: string;
  readonly bytes: number;
  readonly name: string | undefined;
  /** Who wrote it, or which generation of the format it is. */
  readonly producer: string | undefined;
  /** Operator sets of ONNX, by domain ('' is ONNX's own). */
  readonly operatorSets: Readonly<Record<string, number>>;
  readonly inputs: readonly NetworkValue[];
  readonly outputs: readonly NetworkValue[];
  readonly layers: Readonly<Record<string, number>>;
  /** Number of trained values; undefined where the file holds none. */
  readonly parameters: number | undefined;
  /** Preprocessing that the file declares, as `key: value` lines; most files declare none. */
  readonly preprocessing: readonly string[];
  readonly remarks: readonly Remark[];
}

export type Inspection = RknnInspection | NetworkInspection;

/** Counts equal texts, most frequent first. */
export function countBy(texts: Iterable<string>): Record<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted((a, b) => b[1] - a[1]));
}
