import {
  dtypeToOnnx,
  tensorFromOnnx,
  tensorToOnnx,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
} from '../onnx/model.ts';
import { bytesOf, elementsOf } from '../../tensor/dtype.ts';
import { halvesToFloats } from '../../tensor/half.ts';
import { tensor } from '../../tensor/tensor.ts';
import { ModelConversionError } from './conversion-error.ts';
import { GraphView } from './graph-view.ts';

/** Broadcasting, and casts that name their type by number, came with this operator set. */
const oldestOpset = 7n;

/** Constants outside the inputs came with this version of the file format. */
const irWithFreeConstants = 4n;

/**
 * Brings a network into the plain form that the other rewrites expect, in place: no subgraphs, constants that are no
 * inputs, every input of a fixed shape (a free batch dimension becomes 1), all floats float32, no Identity or Dropout.
 *
 * @throws {ModelConversionError} If it has control flow, a free dimension other than the batch, or an old opset.
 */
export function prepareGraph(model: OnnxModel, origin: string): void {
  refuseSubgraphs(model, origin);
  refuseOldOpset(model, origin);
  const { graph } = model;
  // Both names mean ONNX's own operators; one is enough.
  for (const node of graph.node) if (node.domain === 'ai.onnx') node.domain = '';
  const constants = new Set(graph.initializer.map(({ name }) => name));
  graph.input = graph.input.filter(({ name }) => !constants.has(name));
  if (model.irVersion < irWithFreeConstants) model.irVersion = irWithFreeConstants;
  fixShapes(model, origin);
  promoteFloats(model, origin);
  bypassCopies(model);
  // Shapes and types have changed; the engine infers them anew.
  graph.valueInfo = [];
  for (const output of graph.output) delete output.type;
}

function refuseSubgraphs({ graph }: OnnxModel, origin: string): void {
  const attributeTypeGraph = 5;
  const attributeTypeGraphs = 10;
  for (const node of graph.node) {
    const inner = node.attribute.find(
      ({ type }) => type === attributeTypeGraph || type === attributeTypeGraphs,
    );
    if (inner) {
      throw new ModelConversionError(
        origin,
        `node ${node.name || node.output[0]} is ${node.opType}, which has a graph of its own (${inner.name})`,
        { hint: 'Export the network without control flow, with loops unrolled and branches decided.' },
      );
    }
  }
}

/** Version of ONNX's own operators; 0 if the model imports none. */
export const onnxOpset = ({ opsetImport }: Pick<OnnxModel, 'opsetImport'>): bigint =>
  opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0n;

function refuseOldOpset(model: OnnxModel, origin: string): void {
  const opset = onnxOpset(model);
  if (opset < oldestOpset) {
    throw new ModelConversionError(origin, `it uses opset ${opset}, at least ${oldestOpset} is needed`, {
      hint: 'Export the network again with opset 13.',
    });
  }
}

function fixShapes({ graph }: OnnxModel, origin: string): void {
  for (const { name, type } of graph.input) {
    const dims = type?.tensorType?.shape?.dim;
    if (dims === undefined) {
      throw new ModelConversionError(origin, `input ${name} has no shape`, {
        hint: 'Export the network with inputs of fixed shapes.',
      });
    }
    dims.forEach((dim, axis) => {
      if (dim.dimValue > 0n) return;
      if (axis !== 0) {
        const free = dim.dimParam === '' ? 'free' : `free (${dim.dimParam})`;
        throw new ModelConversionError(origin, `dimension ${axis} of input ${name} is ${free}`, {
          hint: 'Export the network with inputs of fixed shapes; only the batch, dimension 0, may be free.',
        });
      }
      dim.dimParam = '';
      dim.dimValue = 1n;
    });
  }
}

const float32 = BigInt(dtypeToOnnx('float32'));
const otherFloats = new Set([BigInt(dtypeToOnnx('float16')), BigInt(dtypeToOnnx('float64'))]);

/** The NPU's formats are expressed on float32, so half and double floats become that. */
function promoteFloats({ graph }: OnnxModel, origin: string): void {
  graph.initializer = graph.initializer.map((constant) => promoteConstant(constant, origin));
  for (const { type } of graph.input) {
    const tensorType = type?.tensorType;
    if (tensorType && otherFloats.has(BigInt(tensorType.elemType))) tensorType.elemType = Number(float32);
  }
  for (const node of graph.node) {
    for (const attribute of node.attribute) {
      if (attribute.t) attribute.t = promoteConstant(attribute.t, origin);
      const namesType = ['to', 'dtype', 'output_datatype', 'output_dtype'].includes(attribute.name);
      if (namesType && otherFloats.has(attribute.i)) attribute.i = float32;
    }
  }
}

/** Also brings the elements from ONNX's typed lists into one run of bytes. */
function promoteConstant(constant: OnnxTensor, origin: string): OnnxTensor {
  const value = tensorFromOnnx(constant, origin);
  const { dtype, shape, data } = value;
  const floats =
    dtype === 'float16'
      ? halvesToFloats(elementsOf('float16', bytesOf(data)))
      : dtype === 'float64'
        ? Float32Array.from(elementsOf('float64', bytesOf(data)))
        : undefined;
  if (floats) return tensorToOnnx(constant.name, tensor('float32', shape, floats));
  return constant.rawData.length > 0 ? constant : tensorToOnnx(constant.name, value);
}

/** Takes out nodes that hand their input on unchanged. */
function bypassCopies({ graph }: OnnxModel): void {
  for (const copy of graph.node.filter((node) => isCopy(node))) {
    const [from] = copy.input as [string];
    const [to] = copy.output as [string];
    const view = new GraphView(graph);
    const producer = view.producerOf(from);
    if (!view.isOutput(to)) rename(graph.node, to, from);
    else if (producer && !view.isOutput(from)) {
      // An output keeps its name, so what it copies takes it over.
      producer.output = producer.output.map((name) => (name === from ? to : name));
      rename(graph.node, from, to);
    } else continue;
    graph.node.splice(graph.node.indexOf(copy), 1);
  }
}

/** A Dropout without a mask and without the input that can switch training on. */
const isCopy = ({ opType, domain, input, output }: OnnxNode) =>
  domain === '' &&
  (opType === 'Identity' || (opType === 'Dropout' && (output[1] ?? '') === '' && (input[2] ?? '') === ''));

function rename(nodes: readonly OnnxNode[], from: string, to: string): void {
  for (const node of nodes) node.input = node.input.map((name) => (name === from ? to : name));
}
