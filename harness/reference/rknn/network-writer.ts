import { tensor, type Tensor } from '../../tensor/tensor.ts';
import {
  makeModel,
  makeNode,
  tensorToOnnx,
  type AttributeValue,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
} from '../onnx/model.ts';

/** Opset of the networks that are written. */
const opset = 13;

/** Collects the nodes and constants of an ONNX graph; every name it gives is new. */
export class NetworkWriter {
  readonly #nodes: OnnxNode[] = [];
  readonly #constants: OnnxTensor[] = [];
  readonly #names = new Set<string>();
  readonly #scalars = new Map<string, string>();

  /** A name that nothing has yet, from now on taken. */
  fresh(wish: string): string {
    let name = wish;
    for (let n = 2; this.#names.has(name); n++) name = `${wish}_${n}`;
    this.#names.add(name);
    return name;
  }

  constant(wish: string, value: Tensor): string {
    const name = this.fresh(wish);
    this.#constants.push(tensorToOnnx(name, value));
    return name;
  }

  /** A float32 scalar; the same number is stored once. */
  scalar(value: number): string {
    const key = Object.is(value, -0) ? '-0' : String(value);
    const known = this.#scalars.get(key);
    if (known !== undefined) return known;
    const name = this.constant(`number/${key}`, tensor('float32', [], Float32Array.of(value)));
    this.#scalars.set(key, name);
    return name;
  }

  integers(wish: string, values: readonly number[]): string {
    return this.constant(wish, tensor('int64', [values.length], BigInt64Array.from(values, BigInt)));
  }

  /** Adds a node with one output. @returns The output's name, as wished or with a number behind it. */
  node(
    opType: string,
    inputs: readonly string[],
    wish: string,
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    const output = this.fresh(wish);
    this.#nodes.push(makeNode(opType, inputs, [output], attributes));
    return output;
  }

  /** Takes a name for {@link named}. @returns Whether it was free. */
  reserve(name: string): boolean {
    if (this.#names.has(name)) return false;
    this.#names.add(name);
    return true;
  }

  /** Adds a node whose output has a name that was reserved. */
  named(opType: string, inputs: readonly string[], reserved: string): string {
    this.#nodes.push(makeNode(opType, inputs, [reserved]));
    return reserved;
  }

  /** Adds a node with several outputs. */
  nodes(
    opType: string,
    inputs: readonly string[],
    wishes: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string[] {
    const outputs = wishes.map((wish) => this.fresh(wish));
    this.#nodes.push(makeNode(opType, inputs, outputs, attributes));
    return outputs;
  }

  finish(name: string, inputs: readonly OnnxValueInfo[], outputs: readonly OnnxValueInfo[]): OnnxModel {
    return makeModel(
      { name, nodes: this.#nodes, initializers: this.#constants, inputs, outputs },
      { '': opset },
    );
  }
}
