import { tensorFromOnnx, type OnnxGraph, type OnnxNode, type OnnxTensor } from '../onnx/model.ts';
import type { Tensor } from '../../tensor/tensor.ts';

/** Who makes and who reads each tensor of a graph, as it was when the view was made. */
export class GraphView {
  readonly #producers = new Map<string, OnnxNode>();
  readonly #readers = new Map<string, OnnxNode[]>();
  readonly #constants: ReadonlyMap<string, OnnxTensor>;
  readonly #outputs: ReadonlySet<string>;
  readonly #names: Set<string>;

  constructor({ node, initializer, input, output }: OnnxGraph) {
    this.#constants = new Map(initializer.map((constant) => [constant.name, constant]));
    this.#outputs = new Set(output.map(({ name }) => name));
    this.#names = new Set([...this.#constants.keys(), ...this.#outputs, ...input.map(({ name }) => name)]);
    for (const each of node) {
      for (const name of each.output) {
        this.#producers.set(name, each);
        this.#names.add(name);
      }
      for (const name of each.input) {
        const readers = this.#readers.get(name);
        if (readers) readers.push(each);
        else this.#readers.set(name, [each]);
      }
    }
  }

  producerOf(name: string): OnnxNode | undefined {
    return this.#producers.get(name);
  }

  /** The nodes that read a tensor; one that reads it twice is listed twice. */
  readersOf(name: string): readonly OnnxNode[] {
    return this.#readers.get(name) ?? [];
  }

  /** The only node that sees a tensor; undefined if there are more, none, or the tensor is an output of the graph. */
  soleReaderOf(name: string): OnnxNode | undefined {
    const readers = this.readersOf(name);
    return readers.length === 1 && !this.#outputs.has(name) ? readers[0] : undefined;
  }

  isConstant(name: string | undefined): name is string {
    return name !== undefined && this.#constants.has(name);
  }

  isOutput(name: string): boolean {
    return this.#outputs.has(name);
  }

  /** The value of a constant. @throws {OnnxFormatError} */
  constant(name: string, origin: string): Tensor | undefined {
    const constant = this.#constants.get(name);
    return constant && tensorFromOnnx(constant, origin);
  }

  /** A name that nothing in the graph has, from now on taken. */
  freshName(wish: string): string {
    let name = wish;
    for (let n = 2; this.#names.has(name); n++) name = `${wish}_${n}`;
    this.#names.add(name);
    return name;
  }
}
