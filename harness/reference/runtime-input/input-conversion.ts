import type { BoardInput } from '../../board/session.ts';
import type { TensorAttribute } from '../../board/tensor-attribute.ts';
import {
  allocate,
  bytesOf,
  bytesPerElement,
  elementsOf,
  type DataOf,
  type DType,
} from '../../tensor/dtype.ts';
import { halvesToFloats } from '../../tensor/half.ts';
import type { Layout } from '../../tensor/layout.ts';
import { elementCount, tensor, type Tensor } from '../../tensor/tensor.ts';
import { byteTables } from './byte-tables.ts';
import type { RuntimePreprocessing } from '../rknn-file/runtime-preprocessing.ts';
import { storeValue } from './store-value.ts';

/** What of model and runtime decides how an input is converted. */
export interface InputPlan {
  /** The tensor that is filled. */
  readonly attribute: TensorAttribute;
  readonly preprocessing: RuntimePreprocessing;
  readonly optimizationLevel: number;
  readonly oneChannelFixedPoint: boolean;
}

/** A line for the log; `level` as in `RKNN_LOG_LEVEL`: 1 error, 2 warning, 3 info, 4 debug. */
export type Log = (level: number, line: string) => void;

/** Element types that the vendor's interface has. */
export type VendorDType = 'float32' | 'float16' | 'int8' | 'uint8' | 'int16';

export function isVendorDType(dtype: DType): dtype is VendorDType {
  return ['float32', 'float16', 'int8', 'uint8', 'int16'].includes(dtype);
}

/** What stands where a caller's buffer ends too early; a board reads whatever lies in memory there. */
const beyondBuffer = 0xa5;

/**
 * Converts inputs as `rknn_inputs_set` does: decode as declared, reorder, mean, std, store as the model stores, change
 * the layout as declared. Nothing checks whether the declarations are true. Tables are made once for each way of
 * declaring an input and kept.
 */
export class InputConverter {
  readonly #plan: InputPlan;
  readonly #tensor: Tensor;
  readonly #tables = new Map<string, DataOf[DType][]>();

  constructor(plan: InputPlan) {
    const { dtype, shape } = plan.attribute;
    this.#plan = plan;
    this.#tensor = tensor(dtype, shape, allocate(dtype, elementCount(shape)));
  }

  /**
   * @param position - Place of the input in the caller's list, for messages.
   * @returns The tensor as the model stores it; the same one each time, with new content.
   */
  convert(input: BoardInput & { readonly dtype: VendorDType }, position: number, log: Log): Tensor {
    const { attribute } = this.#plan;
    const { data: stored, shape } = this.#tensor;
    const wanted = input.passThrough ? attribute.sizeBytes : stored.length * bytesPerElement(input.dtype);
    const bytes = readBuffer(input, wanted, position, log);
    if (input.passThrough) bytesOf(stored).set(bytes);
    else if (shape.length > 4) {
      // The runtime's conversion fails here, and the failure is ignored.
      bytesOf(stored).fill(beyondBuffer);
      log(
        0,
        `virtual board: inputs[${position}] has ${shape.length} dimensions, which the runtime cannot convert; the tensor is filled with 0x${beyondBuffer.toString(16)}`,
      );
    } else if (input.dtype === 'uint8' || input.dtype === 'int8') {
      this.#convertBytes(bytes, stored, input.dtype, input.layout, log);
    } else {
      this.#convertNumbers(decodeNumbers(bytes, input.dtype), stored, input.layout);
    }
    return this.#tensor;
  }

  #convertBytes(
    bytes: Uint8Array,
    stored: DataOf[DType],
    dtype: 'uint8' | 'int8',
    layout: Layout,
    log: Log,
  ): void {
    const tables = this.#tablesFor(dtype, layout, log);
    const planes = [...this.#planes(layout)];
    const [first, second, third] = planes;
    if (planes.length === 3 && first!.fromStep === 3 && first!.toStep === 1) {
      splitPixels(bytes, stored, [first!, second!, third!], tables);
      return;
    }
    for (const { channel, from, fromStep, to, toStep, length } of planes) {
      copyThroughTable(bytes, from, fromStep, tables[channel]!, stored, to, toStep, length);
    }
  }

  #tablesFor(dtype: 'uint8' | 'int8', layout: Layout, log: Log): DataOf[DType][] {
    const key = `${dtype} ${layout}`;
    const known = this.#tables.get(key);
    if (known) return known;
    const { attribute, optimizationLevel, oneChannelFixedPoint } = this.#plan;
    const { tables, fixedPoint } = byteTables({
      model: attribute,
      ...this.#normalisation(),
      declared: { dtype, layout },
      optimizationLevel,
      oneChannelFixedPoint,
    });
    if (fixedPoint !== undefined) log(4, `use_fixed_point = ${fixedPoint ? 1 : 0}`);
    const typed = tables.map((table) => {
      const elements = allocate(attribute.dtype, table.length);
      table.forEach((code, byte) => (elements[byte] = code as never));
      return elements;
    });
    this.#tables.set(key, typed);
    return typed;
  }

  #convertNumbers(values: Float32Array | Int16Array, stored: DataOf[DType], layout: Layout): void {
    const store = storeValue(this.#plan.attribute);
    const { mean, std } = this.#normalisation();
    for (const { channel, from, fromStep, to, toStep, length } of this.#planes(layout)) {
      const [m, s] = [mean[channel]!, std[channel]!];
      const identity = m === 0 && s === 1;
      for (let i = 0, read = from, write = to; i < length; i++, read += fromStep, write += toStep) {
        const value = values[read]!;
        stored[write] = store(identity ? value : Math.fround(Math.fround(value - m) / s)) as never;
      }
    }
  }

  /** Mean and std of every channel; channels that the file has no numbers for count as 0 and 1. */
  #normalisation(): { mean: number[]; std: number[] } {
    const { mean, std } = this.#plan.preprocessing;
    const channels = channelsOf(this.#plan.attribute);
    return {
      mean: Array.from({ length: channels }, (_, c) => mean[c] ?? 0),
      std: Array.from({ length: channels }, (_, c) => std[c] ?? 1),
    };
  }

  /** Where each channel of the model lies in the caller's buffer, and where it goes. */
  *#planes(callerLayout: Layout): Generator<PlaneCopy> {
    const { attribute, preprocessing } = this.#plan;
    const { shape, layout } = attribute;
    const channels = channelsOf(attribute);
    const plane = shape.length === 4 ? elementCount(shape) / (shape[0]! * channels) : elementCount(shape);
    const batch = shape.length === 4 ? shape[0]! : 1;
    const swap = channels === 3 && String(preprocessing.reorder) === '2,1,0';
    const place = (order: Layout, channel: number) =>
      shape.length === 4 && order === 'NHWC'
        ? { start: channel, step: channels }
        : { start: channel * plane, step: 1 };
    for (let n = 0; n < batch; n++) {
      for (let channel = 0; channel < channels; channel++) {
        const source = place(callerLayout, swap ? 2 - channel : channel);
        const target = place(layout, channel);
        const image = n * channels * plane;
        yield {
          channel,
          from: image + source.start,
          fromStep: source.step,
          to: image + target.start,
          toStep: target.step,
          length: plane,
        };
      }
    }
  }
}

interface PlaneCopy {
  readonly channel: number;
  readonly from: number;
  readonly fromStep: number;
  readonly to: number;
  readonly toStep: number;
  readonly length: number;
}

/** Tensors that are no pictures have one channel. */
const channelsOf = ({ shape, layout }: TensorAttribute): number =>
  shape.length === 4 ? shape[layout === 'NHWC' ? 3 : 1]! : 1;

function copyThroughTable(
  source: Uint8Array,
  from: number,
  fromStep: number,
  table: DataOf[DType],
  target: DataOf[DType],
  to: number,
  toStep: number,
  length: number,
): void {
  for (let i = 0, read = from, write = to; i < length; i++, read += fromStep, write += toStep) {
    target[write] = table[source[read]!] as never;
  }
}

/** The usual picture, three interleaved channels into planes, in one pass: a third faster than plane by plane. */
function splitPixels(
  source: Uint8Array,
  target: DataOf[DType],
  [a, b, c]: readonly [PlaneCopy, PlaneCopy, PlaneCopy],
  tables: readonly DataOf[DType][],
): void {
  const [tableA, tableB, tableC] = tables as [DataOf[DType], DataOf[DType], DataOf[DType]];
  const [fromA, fromB, fromC] = [a.from, b.from, c.from];
  const [toA, toB, toC] = [a.to, b.to, c.to];
  const { length } = a;
  for (let i = 0, pixel = 0; i < length; i++, pixel += 3) {
    target[toA + i] = tableA[source[fromA + pixel]!] as never;
    target[toB + i] = tableB[source[fromB + pixel]!] as never;
    target[toC + i] = tableC[source[fromC + pixel]!] as never;
  }
}

function decodeNumbers(bytes: Uint8Array, dtype: 'float32' | 'float16' | 'int16'): Float32Array | Int16Array {
  switch (dtype) {
    case 'float32':
      return elementsOf('float32', bytes);
    case 'float16':
      return halvesToFloats(elementsOf('float16', bytes));
    case 'int16':
      return elementsOf('int16', bytes);
  }
}

/** The runtime takes as many bytes as it needs, whatever size is declared; it only warns, at a level that is off. */
function readBuffer(
  { bytes, sizeBytes }: BoardInput,
  wanted: number,
  position: number,
  log: Log,
): Uint8Array {
  if (sizeBytes !== wanted) {
    log(2, `warning: inputs[${position}] expected input len is ${wanted}, but actual len is ${sizeBytes}!`);
  }
  if (bytes.length >= wanted) return bytes.subarray(0, wanted);
  log(
    0,
    `virtual board: inputs[${position}] has ${bytes.length} bytes and ${wanted} are read; a board reads on in its memory, here the rest is 0x${beyondBuffer.toString(16)}`,
  );
  const filled = new Uint8Array(wanted).fill(beyondBuffer);
  filled.set(bytes);
  return filled;
}
