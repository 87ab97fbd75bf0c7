import type { TensorAttribute } from '../../board/tensor-attribute.ts';
import { formatShape, tensor } from '../../tensor/tensor.ts';
import { affineOf } from '../npu-format/encode-values.ts';
import type { InjectedFault } from '../npu-format/round-layers.ts';
import { dtypeToOnnx, makeValueInfo, type OnnxModel, type OnnxValueInfo } from '../onnx/model.ts';
import type { RknnArithmetic } from './arithmetic.ts';
import { constantValues, realValues } from './constant-values.ts';
import { fuseLayers, singleLayers } from './fuse-layers.ts';
import { RknnImportError } from './import-error.ts';
import { NetworkWriter } from './network-writer.ts';
import { NodeParameters } from './node-parameters.ts';
import { operators } from './operators/operator-table.ts';
import { checkedShape, type OperatorContext } from './operators/operator.ts';
import type { StoredConstant } from './read-constants.ts';
import type { GraphNode, RknnGraph, Source } from './read-graph.ts';
import { realValue, roundResult } from './round-result.ts';
import { codeLimits, type Wire } from './wire.ts';

export interface NetworkForm {
  /** How results are rounded; undefined writes the float network, in which nothing is. */
  readonly arithmetic?: RknnArithmetic | undefined;
  /** Only with `arithmetic`: a deviation put into layer outputs before they are rounded. */
  readonly fault?: InjectedFault | undefined;
  /** Only with `arithmetic`: further outputs, the real values of these tensors, by their names. */
  readonly reveal?: readonly string[] | undefined;
}

export interface WrittenNetwork {
  readonly model: OnnxModel;
  /** Of every tensor that a node makes, by name; in NumPy's order. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** Name of what a node makes: its own, with the port behind it for all but the first. */
export const tensorName = ({ lid }: Pick<GraphNode, 'lid'>, port: number): string =>
  port === 0 ? lid : `${lid}:${port}`;

/** Writes a .rknn network as an ONNX model. @throws {RknnImportError} */
export function writeNetwork(graph: RknnGraph, origin: string, form: NetworkForm): WrittenNetwork {
  return new NetworkTranslation(graph, origin, form).write();
}

class NetworkTranslation {
  readonly #graph: RknnGraph;
  readonly #origin: string;
  readonly #form: NetworkForm;
  readonly #writer = new NetworkWriter();
  readonly #made = new Map<string, Wire>();
  readonly #constants = new Map<number, Wire>();
  readonly #revealed: OnnxValueInfo[] = [];
  readonly #shapes = new Map<string, readonly number[]>();
  readonly #inputs: { readonly wire: Wire; readonly info: OnnxValueInfo }[];

  constructor(graph: RknnGraph, origin: string, form: NetworkForm) {
    this.#graph = graph;
    this.#origin = origin;
    this.#form = form;
    // Names that people look for are given first, so that nothing else takes them.
    for (const node of graph.nodes) {
      node.outputs.forEach((_, port) => {
        if (!this.#writer.reserve(tensorName(node, port))) {
          throw new RknnImportError(origin, `two nodes have the name ${node.lid}`);
        }
      });
    }
    this.#inputs = graph.inputs.map((attribute) => this.#writeInput(attribute));
  }

  write(): WrittenNetwork {
    const { nodes, results, outputs } = this.#graph;
    const layers =
      this.#form.arithmetic?.fusion === 'driver'
        ? fuseLayers(this.#graph, this.#origin)
        : singleLayers(this.#graph);
    for (const layer of layers) {
      layer.nodes.forEach((id, place) => this.#writeNode(nodes[id]!, place === layer.nodes.length - 1));
    }
    const given = results.map((source, index) =>
      this.#writeOutput(this.#wire(source), outputs[index]!, index),
    );
    const model = this.#writer.finish(
      'rknn',
      this.#inputs.map(({ info }) => info),
      [...given, ...this.#revealed],
    );
    return { model, shapes: this.#shapes };
  }

  /** Stored elements in the converted network, real values in the float one. */
  #writeInput({ name, index, shape, dtype, quantisation }: TensorAttribute) {
    const stored = this.#writer.fresh(name === '' ? `input_${index}` : name);
    if (!this.#form.arithmetic) {
      return { wire: { name: stored, shape, step: 1 }, info: makeValueInfo(stored, 'float32', shape) };
    }
    const { step, zp } = affineOf(quantisation);
    const number = this.#writer.node('Cast', [stored], `${stored}/number`, {
      to: { int: dtypeToOnnx('float32') },
    });
    const centred =
      zp === 0 ? number : this.#writer.node('Sub', [number, this.#writer.scalar(zp)], `${stored}/centred`);
    const wire: Wire = { name: centred, shape, step, codes: { dtype, quantisation } };
    return { wire, info: makeValueInfo(stored, dtype, shape) };
  }

  #writeNode(node: GraphNode, rounds: boolean): void {
    const operator = Object.hasOwn(operators, node.op) ? operators[node.op] : undefined;
    if (!operator) throw this.#error(node, 'is an operator that is not supported here');
    const wires = operator(this.#contextOf(node));
    node.outputs.forEach((output, port) => {
      const wire = wires[port];
      if (!wire) throw this.#error(node, `has no output ${port}`);
      this.#checkShape(node, wire, output.shape);
      const name = tensorName(node, port);
      this.#shapes.set(name, wire.shape);
      const { arithmetic } = this.#form;
      const result = arithmetic
        ? rounds
          ? this.#round(node, wire, port, arithmetic)
          : wire
        : { ...wire, name: this.#writer.named('Identity', [wire.name], name) };
      this.#made.set(`${node.id} ${port}`, result);
      if (arithmetic && this.#form.reveal?.includes(name)) this.#reveal(result, name);
    });
  }

  #round(node: GraphNode, wire: Wire, port: number, arithmetic: RknnArithmetic): Wire {
    const { fault } = this.#form;
    const name = tensorName(node, port);
    const faulty =
      fault && (fault.layer === '*' || fault.layer === name) ? this.#spoil(wire, fault, name) : wire;
    return roundResult(this.#writer, faulty, node.outputs[port]!.storage, arithmetic, name);
  }

  #spoil({ name, shape, step }: Wire, { kind, amount }: InjectedFault, wish: string): Wire {
    const spoiled =
      kind === 'scale'
        ? this.#writer.node('Mul', [name, this.#writer.scalar(1 + amount)], `${wish}/fault`)
        : this.#writer.node('Add', [name, this.#writer.scalar(amount / step)], `${wish}/fault`);
    return { name: spoiled, shape, step };
  }

  #checkShape(node: GraphNode, { shape }: Wire, announced: readonly number[] | undefined): void {
    checkedShape({ error: (problem) => this.#error(node, problem) }, shape);
    if (announced && formatShape(announced) !== formatShape(shape)) {
      throw this.#error(node, `makes ${formatShape(shape)}, but the file says ${formatShape(announced)}`);
    }
  }

  #writeOutput(
    wire: Wire,
    { name, index, dtype, quantisation, shape }: TensorAttribute,
    place: number,
  ): OnnxValueInfo {
    const wish = name === '' ? `output_${index}` : name;
    if (!this.#form.arithmetic) {
      const output = this.#writer.node('Identity', [realValue(this.#writer, wire, wish)], wish);
      return makeValueInfo(output, 'float32', shape);
    }
    const arithmetic = this.#form.arithmetic;
    // An output that is a node's own is rounded already; one that passes an input on may not be.
    const rounded = roundResult(this.#writer, wire, { dtype, quantisation }, arithmetic, `output/${place}`);
    const { zp } = affineOf(quantisation);
    const codes = codeLimits({ dtype, quantisation });
    const centred =
      codes && zp !== 0
        ? this.#writer.node('Add', [rounded.name, this.#writer.scalar(zp)], `output/${place}/codes`)
        : rounded.name;
    const output = this.#writer.node('Cast', [centred], wish, { to: { int: dtypeToOnnx(dtype) } });
    return makeValueInfo(output, dtype, shape);
  }

  /** The tensor's own name was kept free for this. */
  #reveal(wire: Wire, name: string): void {
    this.#writer.named('Mul', [wire.name, this.#writer.scalar(wire.step)], name);
    this.#revealed.push(makeValueInfo(name, 'float32', wire.shape));
  }

  #wire(source: Source): Wire {
    switch (source.kind) {
      case 'input':
        return this.#inputs[source.index]!.wire;
      case 'constant':
        return this.#constantWire(source.constant);
      case 'node':
        return this.#made.get(`${source.node} ${source.port}`)!;
    }
  }

  #constantWire(constant: StoredConstant): Wire {
    const known = this.#constants.get(constant.id);
    if (known) return known;
    const wish = `constant/${constant.id}`;
    const limits = codeLimits(constant.storage);
    const asInteger = this.#form.arithmetic !== undefined && limits !== undefined;
    const { numbers, step } = constantValues(constant);
    const { shape, values } = realValues(constant);
    const data = asInteger ? Float32Array.from(numbers) : values;
    const name = this.#writer.constant(wish, tensor('float32', shape, data));
    const isHalf = constant.storage.dtype === 'float16';
    const wire: Wire = {
      name,
      shape,
      step: asInteger ? step : 1,
      ...(asInteger || isHalf ? { codes: constant.storage } : {}),
    };
    this.#constants.set(constant.id, wire);
    return wire;
  }

  #contextOf(node: GraphNode): OperatorContext {
    const source = (port: number): Source => {
      const found = node.inputs[port];
      if (!found) throw this.#error(node, `has nothing at input ${port}`);
      return found;
    };
    const wish = node.lid;
    return {
      node,
      wish,
      writer: this.#writer,
      integers: this.#form.arithmetic !== undefined,
      parameters: (...keys) => new NodeParameters(node, this.#origin, ...keys),
      input: (port) => this.#wire(source(port)),
      real: (port) => realValue(this.#writer, this.#wire(source(port)), `${wish}/input`),
      isConnected: (port) => node.inputs[port] !== undefined,
      constant: (port) => {
        const found = source(port);
        if (found.kind === 'constant') return found.constant;
        throw this.#error(node, `has a computed tensor at input ${port}, where only a constant is supported`);
      },
      error: (problem) => this.#error(node, problem),
    };
  }

  #error({ lid, op }: GraphNode, problem: string): RknnImportError {
    return new RknnImportError(this.#origin, `node ${lid} (${op}) ${problem}`);
  }
}
