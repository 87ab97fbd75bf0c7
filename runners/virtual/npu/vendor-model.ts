import type { RknnArithmetic } from '../../../harness/reference/rknn/arithmetic.ts';
import { importRknnFile, type ImportedLayer } from '../../../harness/reference/rknn/import-rknn.ts';
import type { NpuArithmetic } from '../../../harness/reference/npu-format/storage-nodes.ts';
import type { RknnFile } from '../../../harness/reference/rknn-file/rknn-file.ts';
import { storageToRknn } from '../../../harness/reference/rknn-file/tensor-attributes.ts';
import type { VirtualLayer } from '../rknn/virtual-section.ts';
import type { VirtualModel } from './load-model.ts';

/** A file of the vendor's toolkit, ready to be computed. @throws {HilError} Owner `spec`. */
export function vendorModel(file: RknnFile, origin: string): VirtualModel {
  const imported = importRknnFile(file, origin);
  const { trailer, inputs, outputs, layers } = imported;
  return {
    trailer,
    inputs,
    outputs,
    layers: layers.map(dumpedAs),
    results: outputs.map(({ name }) => name),
    write: ({ arithmetic, fault }, reveal) =>
      imported.convertedNetwork({ arithmetic: arithmeticOf(arithmetic), fault, reveal }),
  };
}

/** The freedoms that a simulated release fixes; the others keep their defaults. */
const arithmeticOf = ({ u8Ties, float16Overflow }: NpuArithmetic): Partial<RknnArithmetic> => ({
  u8Rounding: u8Ties === 'to-even' ? 'half-to-even' : 'half-away-from-zero',
  float16Overflow,
});

/** The vendor's operators by the names that plans of dumps know; others keep theirs. */
const onnxNames: Readonly<Record<string, string>> = {
  ADD: 'Add',
  CONCAT: 'Concat',
  CONV2D: 'Conv',
  DECONVOLUTION: 'ConvTranspose',
  FCL: 'Gemm',
  FCL2: 'Gemm',
  GROUPED_CONV2D: 'Conv',
  PERMUTE: 'Transpose',
  POOL: 'MaxPool',
  RELU: 'Relu',
  RESHAPE: 'Reshape',
  RESHAPE2: 'Reshape',
  SOFTMAX: 'Softmax',
};

const dumpedAs = ({ ops, nodes, moves, outputs }: ImportedLayer): VirtualLayer => ({
  ops: ops.map((op) => onnxNames[op] ?? op),
  nodes: [...nodes],
  moves,
  outputs: outputs.map(({ name, shape, storage }) => ({
    tensor: name,
    size: shape.toReversed(),
    dtype: storageToRknn(storage),
  })),
});
