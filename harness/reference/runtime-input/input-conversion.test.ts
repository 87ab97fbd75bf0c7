import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BoardInput } from '../../board/session.ts';
import { bytesOf } from '../../tensor/dtype.ts';
import { floatToHalf, halfToFloat } from '../../tensor/half.ts';
import type { Quantisation } from '../../tensor/quantisation.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { InputConverter, type InputPlan, type VendorDType } from './input-conversion.ts';

type Setting = Partial<Pick<InputPlan, 'optimizationLevel' | 'oneChannelFixedPoint'>> & {
  shape?: number[];
  modelLayout?: 'NCHW' | 'NHWC';
  dtype?: VendorDType;
  quantisation?: Quantisation;
  mean?: number[];
  std?: number[];
  reorder?: number[];
};

/** A converter for a model input; one grey float16 pixel with no preprocessing unless told otherwise. */
function converter({
  shape = [1, 1, 1, 1],
  modelLayout = 'NCHW',
  dtype = 'float16',
  quantisation = { kind: 'none' },
  mean = [],
  std = [],
  reorder = [0, 1, 2],
  optimizationLevel = 3,
  oneChannelFixedPoint = true,
}: Setting): InputConverter {
  const elements = shape.reduce((product, extent) => product * extent, 1);
  const sizeBytes = elements * { float32: 4, float16: 2, int16: 2, int8: 1, uint8: 1 }[dtype];
  return new InputConverter({
    attribute: { index: 0, name: 'data', shape, dtype, layout: modelLayout, quantisation, sizeBytes },
    preprocessing: {
      mean: mean.map(Math.fround),
      std: std.map(Math.fround),
      meanCount: mean.length,
      reorder,
    },
    optimizationLevel,
    oneChannelFixedPoint,
  });
}

type Declaration = Partial<Omit<BoardInput, 'bytes' | 'dtype'>> & { dtype?: VendorDType };

const buffer = (bytes: ArrayBufferView, declaration: Declaration = {}) => {
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    index: 0,
    bytes: view,
    dtype: 'uint8' as VendorDType,
    layout: 'NHWC' as const,
    passThrough: false,
    sizeBytes: view.length,
    ...declaration,
  };
};

const silent = () => undefined;
const elements = ({ data }: Tensor) => [...data].map(Number);
const halves = ({ data }: Tensor) => [...data].map((bits) => halfToFloat(Number(bits)));

const affine = (scale: number, zp: number): Quantisation => ({ kind: 'affine', scale, zp });
const three = (value: number) => [value, value, value];

describe('pixels of the vendor’s worked table', () => {
  const pixels = Uint8Array.of(0, 1, 64, 127, 128, 200, 254, 255);
  const rows: readonly (readonly [string, Setting, number[]])[] = [
    [
      'the vendor’s MobileNet, half a step low on average',
      {
        dtype: 'uint8',
        quantisation: affine(0.007843137718737125, 127),
        mean: three(127.5),
        std: three(127.5),
      },
      [0, 0, 63, 126, 127, 199, 253, 254],
    ],
    [
      'u8 with a power of two as scale',
      { dtype: 'uint8', quantisation: affine(0.0078125, 128), mean: three(127.5), std: three(128) },
      [0, 1, 64, 127, 128, 200, 254, 255],
    ],
    [
      'i8, truncated toward zero and saturated',
      { dtype: 'int8', quantisation: { kind: 'dfp', fl: 7 }, mean: three(127.5), std: three(127.5) },
      [-128, -126, -63, 0, 0, 72, 126, 127],
    ],
    [
      'u8 with integer mean',
      { dtype: 'uint8', quantisation: affine(1, 128), mean: three(128), std: three(1) },
      [0, 1, 64, 127, 128, 200, 254, 255],
    ],
  ];

  test.each(rows)('%s', (_name, setting, expected) => {
    const picture = new Uint8Array(24).map((_, i) => pixels[Math.floor(i / 3)]!);

    const stored = converter({ ...setting, shape: [1, 3, 1, 8] }).convert(buffer(picture), 0, silent);

    expect(elements(stored)).toEqual([...expected, ...expected, ...expected]);
  });
});

describe('the declared element type', () => {
  test('INT8 reads bytes from 128 on as negative', () => {
    const stored = converter({ shape: [1, 1, 1, 4] }).convert(
      buffer(Uint8Array.of(0, 127, 128, 255), { dtype: 'int8' }),
      0,
      silent,
    );

    expect(halves(stored)).toEqual([0, 127, -128, -1]);
  });

  test('INT16, FLOAT16 and FLOAT32 are decoded as what they say', () => {
    const plane = converter({ shape: [1, 1, 1, 2] });

    const read = (data: ArrayBufferView, dtype: VendorDType) =>
      halves(plane.convert(buffer(data, { dtype }), 0, silent));

    expect(read(Int16Array.of(-300, 300), 'int16')).toEqual([-300, 300]);
    expect(read(Uint16Array.of(0x3c00, 0xc000), 'float16')).toEqual([1, -2]);
    expect(read(Float32Array.of(0.5, -2.25), 'float32')).toEqual([0.5, -2.25]);
  });

  test('mean and std act on floats as well', () => {
    const plane = converter({ shape: [1, 1, 1, 2], mean: [128], std: [2] });

    const stored = plane.convert(buffer(Float32Array.of(0, 256), { dtype: 'float32' }), 0, silent);

    expect(halves(stored)).toEqual([-64, 64]);
  });
});

describe('channels and layout', () => {
  // Two pixels, R G B each.
  const rgb = Uint8Array.of(1, 2, 3, 11, 12, 13);
  const shape = [1, 3, 1, 2];

  test('interleaved pixels become planes', () => {
    expect(halves(converter({ shape }).convert(buffer(rgb), 0, silent))).toEqual([1, 11, 2, 12, 3, 13]);
  });

  test('reorder 2,1,0 exchanges the outer channels, and mean and std count after it', () => {
    const bgr = converter({ shape, reorder: [2, 1, 0], mean: [3, 2, 1], std: [1, 10, 100] });

    const stored = bgr.convert(buffer(rgb), 0, silent);

    // Planes B, G, R: (3-3)/1 (13-3)/1, (2-2)/10 (12-2)/10, (1-1)/100 (11-1)/100.
    expect(halves(stored)).toEqual([0, 10, 0, 1, 0, floatToValue(0.1)]);
  });

  test.each([[[0, 1, 2]], [[2, 0, 1]], [[]]])('reorder %j changes nothing', (reorder) => {
    expect(halves(converter({ shape, reorder }).convert(buffer(rgb), 0, silent))).toEqual([
      1, 11, 2, 12, 3, 13,
    ]);
  });

  test('only three channels are reordered', () => {
    const four = converter({ shape: [1, 4, 1, 1], reorder: [2, 1, 0] });

    expect(halves(four.convert(buffer(Uint8Array.of(1, 2, 3, 4)), 0, silent))).toEqual([1, 2, 3, 4]);
  });

  test('interleaved pixels declared as planes are taken for planes', () => {
    const stored = converter({ shape }).convert(buffer(rgb, { layout: 'NCHW' }), 0, silent);

    expect(halves(stored)).toEqual([1, 2, 3, 11, 12, 13]);
  });

  test('planes declared as planes are reordered plane by plane', () => {
    const planes = Float32Array.of(1, 11, 2, 12, 3, 13);
    const swapped = converter({ shape, reorder: [2, 1, 0] });

    const stored = swapped.convert(buffer(planes, { dtype: 'float32', layout: 'NCHW' }), 0, silent);

    expect(halves(stored)).toEqual([3, 13, 2, 12, 1, 11]);
  });

  test('a model with interleaved inputs keeps them interleaved', () => {
    const nhwc = converter({ shape: [1, 1, 2, 3], modelLayout: 'NHWC', reorder: [2, 1, 0] });

    expect(halves(nhwc.convert(buffer(rgb), 0, silent))).toEqual([3, 2, 1, 13, 12, 11]);
  });

  test('images of a batch stay apart', () => {
    const batch = converter({ shape: [2, 3, 1, 1] });

    const grey = converter({ shape: [3, 1, 1, 2] });

    expect(halves(batch.convert(buffer(rgb), 0, silent))).toEqual([1, 2, 3, 11, 12, 13]);
    expect(halves(grey.convert(buffer(rgb), 0, silent))).toEqual([1, 2, 3, 11, 12, 13]);
  });

  test('what is no picture keeps its order and is not reordered', () => {
    const vector = converter({ shape: [1, 3], reorder: [2, 1, 0], mean: [1], std: [1] });

    expect(halves(vector.convert(buffer(Uint8Array.of(5, 6, 7)), 0, silent))).toEqual([4, 5, 6]);
  });
});

describe('float16 inputs', () => {
  // 5/3 lies between the halves 0x3eaa (1.666015625) and 0x3eab (1.6669921875); the upper is nearer.
  test('interleaved colour bytes are rounded to the nearest half', () => {
    const rgb = converter({ shape: [1, 3, 1, 1], mean: three(0), std: three(3) });

    expect(elements(rgb.convert(buffer(Uint8Array.of(5, 0, 5)), 0, silent))).toEqual([0x3eab, 0, 0x3eab]);
  });

  test('everything else loses its low mantissa bits', () => {
    const grey = converter({ shape: [1, 1, 1, 2], mean: [0], std: [3] });
    const rgb = converter({ shape: [1, 3, 1, 1], mean: three(0), std: three(3) });

    const bytes = elements(grey.convert(buffer(Uint8Array.of(5, 0)), 0, silent));
    const floats = elements(grey.convert(buffer(Float32Array.of(5, -5), { dtype: 'float32' }), 0, silent));
    const planes = elements(rgb.convert(buffer(Uint8Array.of(5, 0, 5), { layout: 'NCHW' }), 0, silent));

    expect(bytes).toEqual([0x3eaa, 0]);
    expect(floats).toEqual([0x3eaa, 0xbeaa]);
    expect(planes).toEqual([0x3eaa, 0, 0x3eaa]);
  });

  test('large values are clamped and subnormal ones vanish', () => {
    const plane = converter({ shape: [1, 1, 1, 4] });

    const stored = plane.convert(
      buffer(Float32Array.of(1e6, -Infinity, 6e-5, 6.2e-5), { dtype: 'float32' }),
      0,
      silent,
    );

    // Halves below 2^-13 are 2^-24 apart: 6.2e-5 is 1040.2 of these steps.
    expect(halves(stored)).toEqual([65_504, -65_504, 0, 1040 * 2 ** -24]);
  });
});

describe('u8 from bytes', () => {
  const pixel = (setting: Setting, bytes: number[]) => {
    const lines: string[] = [];
    const shape = [1, bytes.length, 1, 1];
    const stored = converter({ dtype: 'uint8', shape, ...setting }).convert(
      buffer(Uint8Array.from(bytes)),
      0,
      (level, line) => lines.push(`${level} ${line}`),
    );
    return { stored: elements(stored), lines };
  };

  test('equal integer means copy the bytes, whatever the tensor’s scale says', () => {
    const { stored, lines } = pixel(
      { quantisation: affine(0.5, 3), mean: three(128), std: three(1) },
      [0, 100, 255],
    );

    expect(stored).toEqual([0, 100, 255]);
    expect(lines).toEqual([]);
  });

  test('one channel with integer mean is copied too, and with another mean it is not', () => {
    const copied = pixel({ quantisation: affine(0.5, 0), mean: [10], std: [2] }, [100]);
    const computed = pixel({ quantisation: affine(0.5, 0), mean: [10.5], std: [2] }, [100]);

    expect(copied.stored).toEqual([100]);
    // (100 - 10.5) / 2 / 0.5 = 89.5
    expect(computed.stored).toEqual([89]);
  });

  // Channel 0: s = 1/(0.02 * 58) = 0.862069, o = 100 - 123 * s = -6.034; fixed point: S = 110, O = -772.
  // px 255: float 213.79 -> 213; fixed (255 * 110 - 772) >> 7 = 27278 >> 7 = 213. px 8: float 0.862 -> 0, fixed 108 >> 7 = 0.
  // px 100: float 80.17 -> 80, fixed 10228 >> 7 = 79: one step off.
  const perChannel: Setting = {
    quantisation: affine(0.02, 100),
    mean: [123, 117, 104],
    std: [58, 57, 57],
  };

  test('fixed point is one step off where the float path is not, and only level 3 puts up with it', () => {
    const level3 = pixel({ ...perChannel, optimizationLevel: 3 }, [100, 0, 0]);
    const level2 = pixel({ ...perChannel, optimizationLevel: 2 }, [100, 0, 0]);

    expect(level3.stored[0]).toBe(79);
    expect(level3.lines).toEqual(['4 use_fixed_point = 1']);
    expect(level2.stored[0]).toBe(80);
    expect(level2.lines).toEqual(['4 use_fixed_point = 0']);
  });

  test('fixed point that is further off is not used at any level', () => {
    // s = 2.5: S = 320 does not fit 8 bits and becomes 64.
    const { stored, lines } = pixel(
      { quantisation: affine(0.4, 0), mean: three(0.5), std: three(1) },
      [10, 20, 30],
    );

    // (10 - 0.5) * 2.5 = 23.75, and so on.
    expect(stored).toEqual([23, 48, 73]);
    expect(lines).toEqual(['4 use_fixed_point = 0']);
  });

  test('one channel takes fixed point only where the runtime has it', () => {
    // s = 1/(0.02 * 58), o = 100 - 123.5 * s = -6.466, S = 110, O = -827: px 100 gives 79.74 or 10173 >> 7 = 79; px 101: 80.60, 10283 >> 7 = 80; px 250: 209.05, 26673 >> 7 = 208.
    const grey: Setting = { quantisation: affine(0.02, 100), mean: [123.5], std: [58] };

    const newer = pixel({ ...grey, oneChannelFixedPoint: true }, [250]);
    const older = pixel({ ...grey, oneChannelFixedPoint: false }, [250]);

    expect(newer.stored).toEqual([208]);
    expect(older.stored).toEqual([209]);
    expect(older.lines).toEqual([]);
  });

  test('bytes declared INT8 go the general way', () => {
    const grey = converter({ dtype: 'uint8', shape: [1, 1, 1, 2], quantisation: affine(1, 128) });

    const stored = grey.convert(buffer(Uint8Array.of(100, 200), { dtype: 'int8' }), 0, silent);

    // 100 + 128, and 200 - 256 + 128.
    expect(elements(stored)).toEqual([228, 72]);
  });
});

describe('sizes', () => {
  const plane = () =>
    converter({ shape: [1, 1, 1, 4], dtype: 'uint8', quantisation: affine(1, 0), mean: [0], std: [1] });
  const logOf = (input: ReturnType<typeof buffer>) => {
    const lines: string[] = [];
    const stored = plane().convert(input, 0, (level, line) => lines.push(`${level} ${line}`));
    return { stored: elements(stored), lines };
  };

  test('a short buffer is read past its end', () => {
    const { stored, lines } = logOf(buffer(Uint8Array.of(1, 2)));

    expect(stored).toEqual([1, 2, 0xa5, 0xa5]);
    expect(lines).toEqual([
      '2 warning: inputs[0] expected input len is 4, but actual len is 2!',
      '0 virtual board: inputs[0] has 2 bytes and 4 are read; a board reads on in its memory, here the rest is 0xa5',
    ]);
  });

  test('a declared size that is wrong changes nothing but the warning', () => {
    const { stored, lines } = logOf(buffer(Uint8Array.of(1, 2, 3, 4), { sizeBytes: 16 }));

    expect(stored).toEqual([1, 2, 3, 4]);
    expect(lines).toEqual(['2 warning: inputs[0] expected input len is 4, but actual len is 16!']);
  });

  test('what is too long is cut', () => {
    expect(logOf(buffer(Uint8Array.of(1, 2, 3, 4, 5))).stored).toEqual([1, 2, 3, 4]);
  });

  test('more than four dimensions fail unnoticed', () => {
    const lines: string[] = [];
    const five = converter({ shape: [1, 1, 1, 1, 2], dtype: 'uint8', quantisation: affine(1, 0) });

    const stored = five.convert(buffer(Uint8Array.of(1, 2)), 0, (_level, line) => lines.push(line));

    expect(elements(stored)).toEqual([0xa5, 0xa5]);
    expect(lines).toEqual([expect.stringContaining('has 5 dimensions, which the runtime cannot convert')]);
  });
});

describe('pass_through', () => {
  test('bytes go in unchanged, whatever is declared', () => {
    const codes = converter({
      shape: [1, 3, 1, 1],
      dtype: 'int8',
      quantisation: { kind: 'dfp', fl: 2 },
      mean: three(9),
      std: three(9),
      reorder: [2, 1, 0],
    });

    const stored = codes.convert(
      buffer(Int8Array.of(-1, 0, 1), { passThrough: true, dtype: 'float32', layout: 'NCHW' }),
      0,
      silent,
    );

    expect(elements(stored)).toEqual([-1, 0, 1]);
  });

  test('the tensor does not change when the caller reuses the buffer', () => {
    const bytes = Uint8Array.of(1, 2);
    const codes = converter({ shape: [1, 2], dtype: 'uint8', quantisation: affine(1, 0) });

    const stored = codes.convert(buffer(bytes, { passThrough: true }), 0, silent);
    bytes.fill(9);

    expect(elements(stored)).toEqual([1, 2]);
  });
});

test('any float survives the conversion to float16 within one step, never farther from zero', () => {
  const plane = converter({ shape: [1, 1] });

  fc.assert(
    fc.property(fc.float({ noNaN: true, min: -65_000, max: 65_000 }), (value) => {
      const stored = plane.convert(buffer(Float32Array.of(value), { dtype: 'float32' }), 0, silent);
      const [kept] = halves(stored) as [number];

      expect(Math.abs(kept)).toBeLessThanOrEqual(Math.abs(value));
      expect(Math.abs(value - kept)).toBeLessThan(Math.max(Math.abs(value) * 2 ** -10, 2 ** -14));
      expect(bytesOf(stored.data)).toHaveLength(2);
    }),
  );
});

/** Nearest half of a value. */
function floatToValue(value: number): number {
  return halfToFloat(floatToHalf(value));
}
