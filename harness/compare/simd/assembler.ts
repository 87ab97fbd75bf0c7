// As much of WebAssembly's binary format as the loops beside this file need. An expression is the bytes that leave its
// value on the stack, so that code reads as a formula: f64x2.add(a, f64x2.mul(b, c)).
// Opcodes: WebAssembly Core Specification 2.0, section 5.4.

export type Expression = readonly number[];
export type ValueType = 'i32' | 'f64' | 'v128';

const typeBytes: Readonly<Record<ValueType, number>> = { i32: 0x7f, f64: 0x7c, v128: 0x7b };

/** LEB128, unsigned. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const more = rest > 0x7f;
    bytes.push((rest & 0x7f) | (more ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

/** LEB128, signed, 32 bits. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

const doubleBytes = (value: number): number[] => [...new Uint8Array(Float64Array.of(value).buffer)];
const vector = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];

const unary =
  (opcode: readonly number[]) =>
  (a: Expression): Expression => [...a, ...opcode];
const binary =
  (opcode: readonly number[]) =>
  (a: Expression, b: Expression): Expression => [...a, ...b, ...opcode];
const lanes =
  (opcode: number) =>
  (a: Expression, lane: number): Expression => [...a, ...vector(opcode), lane];

export const i32 = {
  const: (value: number): Expression => [0x41, ...signed(value)],
  add: binary([0x6a]),
  lessThan: binary([0x49]),
};

export const f64 = {
  const: (value: number): Expression => [0x44, ...doubleBytes(value)],
  add: binary([0xa0]),
  max: binary([0xa5]),
  /** From an i32, signed. */
  convert: unary([0xb7]),
  store: (address: number, value: Expression): Expression => [...i32.const(address), ...value, 0x39, 3, 0],
};

/** For a shuffle: 32-bit lanes of two vectors, 0 to 3 of the first and 4 to 7 of the second, byte by byte. */
const lanesByByte = (...chosen: readonly number[]): number[] =>
  chosen.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]);

export const v128 = {
  load: (address: Expression, offset: number): Expression => [
    ...address,
    ...vector(0x00),
    4,
    ...unsigned(offset),
  ],
  /** Four i32, all the same if one is given. */
  i32s: (...values: [number] | [number, number, number, number]): Expression => [
    ...vector(0x0c),
    ...new Uint8Array(Int32Array.from({ length: 4 }, (_, i) => values[i] ?? values[0]).buffer),
  ],
  f32s: (value: number): Expression => [
    ...vector(0x0c),
    ...new Uint8Array(Float32Array.of(value, value, value, value).buffer),
  ],
  f64s: (low: number, high = low): Expression => [...vector(0x0c), ...doubleBytes(low), ...doubleBytes(high)],
  i64s: (value: bigint): Expression => [
    ...vector(0x0c),
    ...new Uint8Array(BigInt64Array.of(value, value).buffer),
  ],
  and: binary(vector(0x4e)),
  /** a and not b. */
  andNot: binary(vector(0x4f)),
  or: binary(vector(0x50)),
  xor: binary(vector(0x51)),
  /** Where `mask` has ones, `a`; else `b`. */
  select: (mask: Expression, a: Expression, b: Expression): Expression => [
    ...a,
    ...b,
    ...mask,
    ...vector(0x52),
  ],
  /** The upper two of four 32-bit lanes, moved down. */
  upper: (a: Expression): Expression => [...a, ...a, ...vector(0x0d), ...lanesByByte(2, 3, 2, 3)],
};

export const i32x4 = {
  greaterThan: binary(vector(0x3b)),
  lessThan: binary(vector(0x39)),
  abs: unary(vector(0xa0)),
  add: binary(vector(0xae)),
  sub: binary(vector(0xb1)),
  min: binary(vector(0xb6)),
  max: binary(vector(0xb8)),
  /** Keeps the sign. */
  shiftRight: (a: Expression, by: number): Expression => [...a, ...i32.const(by), ...vector(0xac)],
  lane: lanes(0x1b),
};

export const i64x2 = {
  add: binary(vector(0xce)),
  sub: binary(vector(0xd1)),
  shiftRight: (a: Expression, by: number): Expression => [...a, ...i32.const(by), ...vector(0xcd)],
};

export const f32x4 = {
  add: binary(vector(0xe4)),
};

export const f64x2 = {
  splat: unary(vector(0x14)),
  /** The lower two of four float32. */
  promote: unary(vector(0x5f)),
  equal: binary(vector(0x47)),
  greaterThan: binary(vector(0x4a)),
  abs: unary(vector(0xec)),
  add: binary(vector(0xf0)),
  sub: binary(vector(0xf1)),
  mul: binary(vector(0xf2)),
  div: binary(vector(0xf3)),
  /** a < b ? b : a, so a NaN in b is passed over. */
  max: binary(vector(0xf7)),
  lane: lanes(0x21),
};

/** A variable of a function. */
export interface Local {
  readonly get: Expression;
  readonly set: (value: Expression) => Expression;
}

/** One function: parameters first, then the variables its body asks for. */
export class FunctionBuilder {
  readonly name: string;
  readonly #parameters: readonly ValueType[];
  readonly #locals: ValueType[] = [];
  readonly #body: number[] = [];

  constructor(name: string, parameters: readonly ValueType[]) {
    this.name = name;
    this.#parameters = parameters;
  }

  parameter(index: number): Expression {
    return [0x20, ...unsigned(index)];
  }

  /** A new variable, zero at first. */
  local(type: ValueType): Local {
    const index = unsigned(this.#parameters.length + this.#locals.push(type) - 1);
    return { get: [0x20, ...index], set: (value) => [...value, 0x21, ...index] };
  }

  /** A new variable with a value. */
  let(type: ValueType, value: Expression): Local {
    const variable = this.local(type);
    this.do(variable.set(value));
    return variable;
  }

  do(...statements: Expression[]): void {
    for (const statement of statements) for (const byte of statement) this.#body.push(byte);
  }

  /** Repeats what `body` adds for index = 0, step, 2 * step, ... below `end`, at least once. */
  forEach(end: Expression, step: number, body: (index: Expression) => void): void {
    const index = this.local('i32');
    this.do(index.set(i32.const(0)), [0x03, 0x40]); // loop, no result
    body(index.get);
    this.do(index.set(i32.add(index.get, i32.const(step))));
    this.do(i32.lessThan(index.get, end), [0x0d, 0, 0x0b]); // br_if 0, end
  }

  get type(): number[] {
    const parameters = this.#parameters.map((type) => typeBytes[type]);
    return [0x60, ...unsigned(parameters.length), ...parameters, 0];
  }

  get code(): number[] {
    const locals = this.#locals.flatMap((type) => [1, typeBytes[type]]);
    const code = [...unsigned(this.#locals.length), ...locals, ...this.#body, 0x0b];
    return [...unsigned(code.length), ...code];
  }
}

/** A module that exports the functions, none of which returns anything, and one page (64 KiB) of memory as `memory`. */
export function assemble(functions: readonly FunctionBuilder[]): Uint8Array<ArrayBuffer> {
  const text = (name: string): number[] => [...unsigned(name.length), ...new TextEncoder().encode(name)];
  const list = (items: readonly (readonly number[])[]): number[] => [
    ...unsigned(items.length),
    ...items.flat(),
  ];
  const section = (id: number, content: readonly number[]): number[] => [
    id,
    ...unsigned(content.length),
    ...content,
  ];
  const magicAndVersion = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from([
    ...magicAndVersion,
    ...section(1, list(functions.map(({ type }) => type))),
    ...section(3, list(functions.map((_, index) => unsigned(index)))),
    ...section(5, list([[0, 1]])),
    ...section(
      7,
      list([
        [...text('memory'), 2, 0],
        ...functions.map(({ name }, index) => [...text(name), 0, ...unsigned(index)]),
      ]),
    ),
    ...section(10, list(functions.map(({ code }) => code))),
  ]);
}
