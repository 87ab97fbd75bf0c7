import type { TensorStorage } from '../reference/npu-format/tensor-storage.ts';

/** What is different between two .rknn files of one network. Plain data. */
export interface ModelDiff {
  readonly before: ModelSummary;
  readonly after: ModelSummary;
  /** Fields of the description that differ: toolkit, preprocessing, platforms, ... */
  readonly description: readonly FieldChange[];
  /** In the order of the new file; those that are in the old one only stand where they were. */
  readonly nodes: readonly NodeChange[];
  /** Steps that a driver makes of several nodes, where the other file has no such step; nodes by name, joined by ` + `. */
  readonly fusions: { readonly before: readonly string[]; readonly after: readonly string[] };
  /** Outputs of nodes that both files have, where the numbers stand for other values now. */
  readonly tensors: readonly TensorChange[];
  /** Weights and biases of nodes that both files have, where the values differ. */
  readonly constants: readonly ConstantChange[];
  /** How much was compared, so that an empty list can be believed. */
  readonly compared: { readonly nodes: number; readonly tensors: number; readonly constants: number };
}

export interface ModelSummary {
  readonly file: string;
  readonly sha256: string;
  readonly toolkit: string | undefined;
  readonly nodes: number;
  readonly constantBytes: number;
}

export interface FieldChange {
  /** The file's own key, e.g. `mean_value`, or `input 0 (data)`. */
  readonly field: string;
  /** As JSON; undefined where the file does not have it. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** What it means for the answers, where that is known. */
  readonly meaning?: string | undefined;
}

export type NodeChange =
  | { readonly change: 'added' | 'removed'; readonly node: string; readonly op: string }
  | {
      readonly change: 'altered';
      readonly node: string;
      readonly op: string;
      /** e.g. `op CONV2D → FCL`, `pool.round_type FLOOR → CEILING`, `input 0 comes from conv1 → relu1`. */
      readonly what: readonly string[];
    };

export interface TensorChange {
  readonly node: string;
  readonly op: string;
  readonly port: number;
  readonly before: TensorStorage;
  readonly after: TensorStorage;
  /** Step of the new format over that of the old one; absent for floating point. */
  readonly stepRatio?: number | undefined;
}

export interface ConstantChange {
  readonly node: string;
  readonly op: string;
  readonly role: 'weight' | 'bias' | 'constant';
  readonly before: TensorStorage;
  readonly after: TensorStorage;
  readonly elements: number;
  /** Elements whose stored number differs; undefined where the formats differ, so that numbers cannot be compared. */
  readonly codesChanged?: number | undefined;
  /** Root mean square of the change over that of the old values: 0 is equal; undefined if shapes differ. */
  readonly relative?: number | undefined;
  readonly maxAbs?: number | undefined;
  /** Each file's error against the float network, as {@link relative}; absent if the network was not given or not matched. */
  readonly againstFloat?: { readonly before: number; readonly after: number } | undefined;
}
