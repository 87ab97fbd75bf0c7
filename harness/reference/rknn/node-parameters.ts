import { RknnImportError } from './import-error.ts';
import type { GraphNode } from './read-graph.ts';

/** Reads one node's parameters; every way in which they can be wrong is told with node and operator. */
export class NodeParameters {
  readonly #node: Pick<GraphNode, 'lid' | 'op'>;
  readonly #fields: ReadonlyMap<string, unknown>;
  readonly #origin: string;

  /** @param keys - Names under which the operator's parameters may stand. */
  constructor({ lid, op, parameters }: GraphNode, origin: string, ...keys: readonly string[]) {
    this.#node = { lid, op };
    this.#origin = origin;
    const groups = fieldsOf(parameters);
    const group = keys.map((key) => groups.get(key)).find((each) => each !== undefined);
    this.#fields = fieldsOf(group);
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  /** @param fallback - Where the file may leave the parameter out. */
  number(name: string, fallback?: number): number {
    const value = this.#fields.get(name) ?? fallback;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.#wrong(name, 'a number', value);
    return value;
  }

  count(name: string, { min = 0, fallback }: { min?: number; fallback?: number } = {}): number {
    const value = this.number(name, fallback);
    if (!Number.isInteger(value) || value < min || value > maxCount) {
      throw this.#wrong(name, `an integer from ${min} to ${maxCount}`, value);
    }
    return value;
  }

  /** @param length - How many; any number if absent. */
  integers(
    name: string,
    { length, min = 0, fallback }: { length?: number; min?: number; fallback?: readonly number[] } = {},
  ): number[] {
    const value = this.#fields.get(name) ?? fallback;
    const valid =
      Array.isArray(value) &&
      (length === undefined || value.length === length) &&
      value.every(
        (each): each is number =>
          typeof each === 'number' && Number.isInteger(each) && each >= min && each <= maxCount,
      );
    if (!valid) {
      throw this.#wrong(name, `${length ?? 'a list of'} integers from ${min} to ${maxCount}`, value);
    }
    return value;
  }

  flag(name: string, fallback = false): boolean {
    const value = this.#fields.get(name) ?? fallback;
    if (typeof value === 'boolean') return value;
    if (value === 0 || value === 1) return value === 1;
    throw this.#wrong(name, '0 or 1', value);
  }

  /** Whether a parameter is a certain word. */
  is(name: string, word: string): boolean {
    return this.#fields.get(name) === word;
  }

  /** The word in a list of words that stands for a vendor's constant. */
  choice<T extends string>(name: string, words: Readonly<Record<string, T>>, fallback?: T): T {
    const value = this.#fields.get(name);
    if (value === undefined && fallback !== undefined) return fallback;
    const word = typeof value === 'string' && Object.hasOwn(words, value) ? words[value] : undefined;
    if (word === undefined) throw this.#wrong(name, `one of ${Object.keys(words).join(', ')}`, value);
    return word;
  }

  /** An error about the node. */
  error(problem: string): RknnImportError {
    const { lid, op } = this.#node;
    return new RknnImportError(this.#origin, `node ${lid} (${op}) ${problem}`);
  }

  #wrong(name: string, expected: string, found: unknown): RknnImportError {
    return this.error(
      found === undefined
        ? `has no parameter ${name} (${expected})`
        : `has ${name} ${JSON.stringify(found)?.slice(0, 80)} where ${expected} should be`,
    );
  }
}

/** No extent, stride or offset of a tensor in an NPU comes near. */
const maxCount = 2 ** 24;

const fieldsOf = (value: unknown): Map<string, unknown> =>
  new Map(value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : []);
