import type { TensorAttribute } from '../../board/tensor-attribute.ts';
import { floatToHalf } from '../../tensor/half.ts';
import type { Layout } from '../../tensor/layout.ts';
import { storeValue, truncated, type StoreValue } from './store-value.ts';

/** Numbers of the conversion that decide what a byte becomes. */
export interface ByteConversion {
  readonly model: Pick<TensorAttribute, 'dtype' | 'quantisation'>;
  /** For every channel of the model, after the reorder; float32. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** As the caller declares the buffer. */
  readonly declared: { readonly dtype: 'uint8' | 'int8'; readonly layout: Layout };
  readonly optimizationLevel: number;
  readonly oneChannelFixedPoint: boolean;
}

export interface ByteTables {
  /** For every channel, the stored element of each of the 256 bytes. */
  readonly tables: readonly (readonly number[])[];
  /** Whether u8 took the fixed-point path; undefined where that is not even tried. */
  readonly fixedPoint?: boolean | undefined;
}

const bytes = [...Array(256).keys()];
const round = Math.fround;

/** What becomes of every byte in every channel, by the path that the runtime would take. */
export function byteTables(conversion: ByteConversion): ByteTables {
  const { model, mean, std, declared } = conversion;
  const store = storeOf(conversion);
  if (model.quantisation.kind === 'affine' && declared.dtype === 'uint8') return affineTables(conversion);
  const decode = declared.dtype === 'int8' ? (byte: number) => (byte << 24) >> 24 : (byte: number) => byte;
  return {
    tables: mean.map((m, c) => bytes.map((byte) => store(round(round(decode(byte) - m) / std[c]!)))),
  };
}

/** Interleaved colour pictures into float16 go through the processor's own conversion, which rounds to nearest. */
function storeOf({ model, mean, declared }: ByteConversion): StoreValue {
  const hardware =
    model.dtype === 'float16' &&
    declared.dtype === 'uint8' &&
    declared.layout === 'NHWC' &&
    mean.length === 3;
  return hardware ? floatToHalf : storeValue(model);
}

/** Unsigned bytes into asymmetric u8: copied raw, in fixed point, or in float32. */
function affineTables(conversion: ByteConversion): ByteTables {
  const { model, mean, std, optimizationLevel, oneChannelFixedPoint } = conversion;
  if (copiesRaw(mean, std)) return { tables: mean.map(() => bytes) };

  const { scale, zp } = model.quantisation as { scale: number; zp: number };
  const factors = mean.map((m, c) => {
    const s = round(1 / round(round(scale) * std[c]!));
    // One rounding: the processor multiplies and adds in a single step.
    return { s, o: round(zp - m * s) };
  });
  const float = factors.map(({ s, o }) => bytes.map((px) => truncated(round(px * s + o), 0, 255)));
  if (!(mean.length === 3 || (mean.length === 1 && oneChannelFixedPoint))) return { tables: float };

  const fixed = factors.map(({ s, o }) => {
    const factor = Math.trunc(128 * s) & 0xff;
    const offset = Math.trunc(128 * o);
    return bytes.map((px) => Math.min(255, Math.max(0, (px * factor + offset) >> 7)));
  });
  const worst = Math.max(
    ...fixed.flatMap((table, c) => table.map((code, px) => Math.abs(code - float[c]![px]!))),
  );
  const fixedPoint = worst === 0 || (worst === 1 && optimizationLevel === 3);
  return { tables: fixedPoint ? fixed : float, fixedPoint };
}

/**
 * With equal integer means and equal divisors, or one channel with an integer mean, the runtime copies the bytes. It
 * does not look at the tensor's own scale and zero point then, but takes them for 1/std and mean.
 */
function copiesRaw(mean: readonly number[], std: readonly number[]): boolean {
  const isInteger = (value: number, within: number) => Math.abs(value - Math.trunc(value)) < within;
  if (mean.length === 1) return isInteger(mean[0]!, 1e-5);
  if (mean.length !== 3) return false;
  return (
    mean.every((m) => m === mean[0] && isInteger(m, 1e-3)) && std.every((s) => Math.abs(s - std[0]!) <= 1e-6)
  );
}
