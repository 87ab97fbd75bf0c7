import { assembleLoops, boardAt, goldenAt, mostResults, resultsAt } from './loops.ts';

/** Most elements that are looked at in one go: a chunk of both sides stays in the first-level cache. */
export const chunkLength = 2048;

/** What is used of the global of this name, which Node has and the types in use here leave out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Loops {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly errors: (bytes: number) => void;
  readonly tolerance: (bytes: number, atol: number, rtol: number) => void;
  readonly rowSums: (bytes: number) => void;
  readonly divergence: (bytes: number, goldenFloor: number, boardFloor: number) => void;
}

/**
 * The loops of loops.ts, compiled to vector instructions. Loaded with a chunk of both sides, any of them can run over
 * it; the numbers it found are then in `results`, at the places that loops.ts names in `resultAt`.
 */
export interface Kernel {
  readonly loops: Loops;
  readonly golden: Float32Array;
  readonly board: Float32Array;
  readonly results: Float64Array;
}

export const kernel: Kernel = instantiate();

function instantiate(): Kernel {
  const module = new WebAssembly.Module(assembleLoops());
  const loops = new WebAssembly.Instance(module).exports as Loops;
  const { buffer } = loops.memory;
  return {
    loops,
    golden: new Float32Array(buffer, goldenAt, chunkLength),
    board: new Float32Array(buffer, boardAt, chunkLength),
    results: new Float64Array(buffer, resultsAt, mostResults),
  };
}

/** Below this the copy into the kernel costs more than it saves. */
const shortestVectorRow = 32;

/** Whether a row of values can be, and is worth being, loaded whole. */
export const isVectorRow = (values: Float32Array | Float64Array, length: number): values is Float32Array =>
  values instanceof Float32Array && length >= shortestVectorRow && length <= chunkLength;

/**
 * Copies elements [start, end) of both sides into the kernel's memory, filled up with zeros to a whole number of vectors:
 * a pair of zeros adds nothing to any sum and raises no maximum.
 *
 * @returns The length that the loops are to be called with, in bytes.
 */
export function loadChunk(golden: Float32Array, board: Float32Array, start: number, end: number): number {
  const whole = (end - start + 3) & ~3;
  copy(golden, start, end, kernel.golden, whole);
  copy(board, start, end, kernel.board, whole);
  return whole * 4;
}

/** The same for the golden side alone, for loops that look at nothing else. */
export function loadGolden(values: Float32Array, start: number, end: number): number {
  const whole = (end - start + 3) & ~3;
  copy(values, start, end, kernel.golden, whole);
  return whole * 4;
}

function copy(source: Float32Array, start: number, end: number, target: Float32Array, whole: number): void {
  target.set(source.subarray(start, end));
  for (let i = end - start; i < whole; i++) target[i] = 0;
}
