import {
  assemble,
  type Expression,
  f32x4,
  f64,
  f64x2,
  FunctionBuilder,
  i32x4,
  i64x2,
  type Local,
  v128,
} from './assembler.ts';

// The loops over float32 data. Each takes the length of the chunk in bytes, a multiple of 16: four elements at a time.

/** Layout of the memory, in bytes. */
export const goldenAt = 0;
export const boardAt = 0x4000;
export const resultsAt = 0x8000;

/** What each loop leaves at {@link resultsAt}, one float64 each: where in the order. */
export const resultAt = {
  errors: {
    sumAbsError: 0,
    sumSquaredError: 1,
    sumSquaredGolden: 2,
    sumSquaredBoard: 3,
    sumProduct: 4,
    zeroMisses: 5,
    maxRelError: 6,
    /** In each of two lanes: the largest error, then the indices of its first pairs. */
    maxAbsError: { lanes: 2, values: 7, indices: 9 },
    /** In each of four lanes: the largest distance, then the indices of its first pairs. */
    maxUlp: { lanes: 4, values: 11, indices: 15 },
  },
  tolerance: { used: 0, neededAtol: 1 },
  rowSums: { golden: 0, board: 1, goldenMagnitude: 2 },
  divergence: { weighted: 0 },
} as const;
export const mostResults = 19;

/** Puts a loop's results into memory, in the order of {@link resultAt}. */
function storeResults(f: FunctionBuilder, values: readonly Expression[]): void {
  values.forEach((value, i) => f.do(f64.store(resultsAt + 8 * i, value)));
}

const sumOfLanes = ({ get }: Local): Expression => f64.add(f64x2.lane(get, 0), f64x2.lane(get, 1));
const maxOfLanes = ({ get }: Local): Expression => f64.max(f64x2.lane(get, 0), f64x2.lane(get, 1));

/** Both halves of four float32, as pairs of float64. */
const halvesOf = ({ get }: Local): readonly Expression[] => [
  f64x2.promote(get),
  f64x2.promote(v128.upper(get)),
];

/**
 * Places of four float32 among all halves in order (see orderedHalf), rounded to nearest even, without a branch:
 * normal halves by rounding the bits, subnormal ones by adding 0.5, whose last bit is worth 2^-24.
 */
function placesOfHalves(f: FunctionBuilder, values: Expression): Expression {
  const bits = f.let('v128', v128.and(values, v128.i32s(0x7fff_ffff)));
  const lastBit = v128.and(i32x4.shiftRight(bits.get, 13), v128.i32s(1));
  const rounded = i32x4.shiftRight(i32x4.add(i32x4.add(bits.get, v128.i32s(0xfff)), lastBit), 13);
  const infinity = v128.i32s(0x7c00);
  const normal = i32x4.min(i32x4.sub(rounded, v128.i32s((127 - 15) << 10)), infinity);
  const half = 0x3f00_0000; // bits of 0.5
  const subnormal = i32x4.sub(f32x4.add(bits.get, v128.f32s(0.5)), v128.i32s(half));
  const isSubnormal = i32x4.lessThan(bits.get, v128.i32s((127 - 14) << 23));
  const magnitude = f.let('v128', v128.select(isSubnormal, subnormal, normal));
  const sign = f.let('v128', i32x4.shiftRight(values, 31));
  return i32x4.sub(v128.xor(magnitude.get, sign.get), sign.get);
}

/** Distance of four pairs of float32 on the grid of halves. */
const stepsBetween = (f: FunctionBuilder, a: Expression, b: Expression): Expression =>
  i32x4.abs(i32x4.sub(placesOfHalves(f, a), placesOfHalves(f, b)));

/** Sums, largest errors, and the largest distance on the grid of halves. */
function errors(): FunctionBuilder {
  const f = new FunctionBuilder('errors', ['i32']);
  const sum = (): Local => f.local('v128');
  const sums = {
    absError: sum(),
    squaredError: sum(),
    squaredGolden: sum(),
    squaredBoard: sum(),
    product: sum(),
  };
  const zeroMisses = sum();
  const maxRelative = f.local('v128');
  const maxError = { value: f.local('v128'), index: f.local('v128') };
  const maxUlp = { value: f.local('v128'), index: f.local('v128') };
  const errorIndices = f.let('v128', v128.f64s(0, 1));
  const ulpIndices = f.let('v128', v128.i32s(0, 1, 2, 3));
  f.forEach(f.parameter(0), 16, (index) => {
    const golden = f.let('v128', v128.load(index, goldenAt));
    const board = f.let('v128', v128.load(index, boardAt));
    const boardHalves = halvesOf(board);
    halvesOf(golden).forEach((goldenHalf, i) => {
      const g = f.let('v128', goldenHalf);
      const b = f.let('v128', boardHalves[i]!);
      const error = f.let('v128', f64x2.abs(f64x2.sub(b.get, g.get)));
      const add = (to: Local, value: Expression): void => f.do(to.set(f64x2.add(to.get, value)));
      add(sums.absError, error.get);
      add(sums.squaredError, f64x2.mul(error.get, error.get));
      add(sums.squaredGolden, f64x2.mul(g.get, g.get));
      add(sums.squaredBoard, f64x2.mul(b.get, b.get));
      add(sums.product, f64x2.mul(g.get, b.get));

      const isHigher = f64x2.greaterThan(error.get, maxError.value.get);
      f.do(
        maxError.index.set(v128.select(isHigher, errorIndices.get, maxError.index.get)),
        maxError.value.set(f64x2.max(maxError.value.get, error.get)),
      );
      add(errorIndices, v128.f64s(2));

      const isZero = f.let('v128', f64x2.equal(g.get, v128.f64s(0)));
      const relative = v128.andNot(f64x2.div(error.get, f64x2.abs(g.get)), isZero.get);
      f.do(maxRelative.set(f64x2.max(maxRelative.get, relative)));
      const isMiss = v128.and(isZero.get, f64x2.greaterThan(error.get, v128.f64s(0)));
      add(zeroMisses, v128.and(isMiss, v128.f64s(1)));
    });
    const steps = f.let('v128', stepsBetween(f, golden.get, board.get));
    const isHigher = i32x4.greaterThan(steps.get, maxUlp.value.get);
    f.do(
      maxUlp.index.set(v128.select(isHigher, ulpIndices.get, maxUlp.index.get)),
      maxUlp.value.set(i32x4.max(maxUlp.value.get, steps.get)),
      ulpIndices.set(i32x4.add(ulpIndices.get, v128.i32s(4))),
    );
  });
  storeResults(f, [
    ...Object.values(sums).map(sumOfLanes),
    sumOfLanes(zeroMisses),
    maxOfLanes(maxRelative),
    ...[maxError.value, maxError.index].flatMap(({ get }) => [f64x2.lane(get, 0), f64x2.lane(get, 1)]),
    ...[maxUlp.value, maxUlp.index].flatMap(({ get }) =>
      [0, 1, 2, 3].map((lane) => f64.convert(i32x4.lane(get, lane))),
    ),
  ]);
  return f;
}

/** Largest |error| / (atol + rtol * |golden|), and largest |error| - rtol * |golden|. Takes atol and rtol. */
function tolerance(): FunctionBuilder {
  const f = new FunctionBuilder('tolerance', ['i32', 'f64', 'f64']);
  const atol = f.let('v128', f64x2.splat(f.parameter(1)));
  const rtol = f.let('v128', f64x2.splat(f.parameter(2)));
  const used = f.local('v128');
  const needed = f.local('v128');
  f.forEach(f.parameter(0), 16, (index) => {
    const golden = f.let('v128', v128.load(index, goldenAt));
    const board = f.let('v128', v128.load(index, boardAt));
    const boardHalves = halvesOf(board);
    halvesOf(golden).forEach((goldenHalf, i) => {
      const g = f.let('v128', goldenHalf);
      const error = f.let('v128', f64x2.abs(f64x2.sub(boardHalves[i]!, g.get)));
      const relative = f.let('v128', f64x2.mul(rtol.get, f64x2.abs(g.get)));
      // 0 / 0 is NaN, which max passes over: no error uses nothing of no limit.
      f.do(used.set(f64x2.max(used.get, f64x2.div(error.get, f64x2.add(atol.get, relative.get)))));
      f.do(needed.set(f64x2.max(needed.get, f64x2.sub(error.get, relative.get))));
    });
  });
  storeResults(f, [maxOfLanes(used), maxOfLanes(needed)]);
  return f;
}

/** Sums of both sides, and of the golden's magnitudes. */
function rowSums(): FunctionBuilder {
  const f = new FunctionBuilder('rowSums', ['i32']);
  const sides = [goldenAt, boardAt].map((at) => ({ at, sum: f.local('v128') }));
  const magnitude = f.local('v128');
  f.forEach(f.parameter(0), 16, (index) => {
    for (const { at, sum } of sides) {
      const values = f.let('v128', v128.load(index, at));
      for (const half of halvesOf(values)) {
        f.do(sum.set(f64x2.add(sum.get, half)));
        if (at === goldenAt) f.do(magnitude.set(f64x2.add(magnitude.get, f64x2.abs(half))));
      }
    }
  });
  storeResults(f, [...sides.map(({ sum }) => sumOfLanes(sum)), sumOfLanes(magnitude)]);
  return f;
}

/** Of a float64: the lowest bit of the exponent, the bits of the mantissa, and the bits of 1. */
const exponentStep = 1n << 52n;
const mantissaBits = exponentStep - 1n;
const one = 0x3ff0_0000_0000_0000n;
/** Adding an integer below 2^51 to the bits of this number adds it to its value. */
const integerBase = 1.5 * 2 ** 52;
const integerBaseBits = 0x4338_0000_0000_0000n;

/**
 * Natural logarithms of the quotients of two pairs of positive normal float64. With each taken apart into m * 2^e,
 * ln(a / b) = (ea - eb) ln 2 + ln(ma / mb); one m is halved where they are more than sqrt(2) apart, and
 * ln(ma / mb) = 2 (z + z^3/3 + z^5/5 + ...) with z = (ma - mb) / (ma + mb), of which eight terms leave 1e-13.
 */
function logarithmOfQuotient(f: FunctionBuilder, a: Expression, b: Expression): Expression {
  const [aBits, bBits] = [f.let('v128', a), f.let('v128', b)];
  const [aMantissa, bMantissa] = [aBits, bBits].map(({ get }) =>
    f.let('v128', v128.or(v128.and(get, v128.i64s(mantissaBits)), v128.i64s(one))),
  ) as [Local, Local];
  const isMuchAbove = ({ get: x }: Local, { get: y }: Local): Local =>
    f.let('v128', f64x2.greaterThan(x, f64x2.mul(y, v128.f64s(Math.SQRT2))));
  const halvedWhere = (isHalved: Local, { get }: Local): Local =>
    f.let('v128', i64x2.sub(get, v128.and(isHalved.get, v128.i64s(exponentStep))));
  const isAbove = isMuchAbove(aMantissa, bMantissa);
  const isBelow = isMuchAbove(bMantissa, aMantissa);
  const ma = halvedWhere(isAbove, aMantissa);
  const mb = halvedWhere(isBelow, bMantissa);

  const [ea, eb] = [aBits, bBits].map(({ get }) => i64x2.shiftRight(get, 52)) as [Expression, Expression];
  // A mask is -1 where something was halved: subtracting it adds 1 to the exponent, adding it takes 1 away.
  const exponent = i64x2.add(i64x2.sub(i64x2.sub(ea, eb), isAbove.get), isBelow.get);
  const e = f64x2.sub(i64x2.add(exponent, v128.i64s(integerBaseBits)), v128.f64s(integerBase));
  const z = f.let('v128', f64x2.div(f64x2.sub(ma.get, mb.get), f64x2.add(ma.get, mb.get)));
  const w = f.let('v128', f64x2.mul(z.get, z.get));
  // Summed in pairs rather than term by term, so that the processor can work on several at a time.
  const w2 = f.let('v128', f64x2.mul(w.get, w.get));
  const w4 = f.let('v128', f64x2.mul(w2.get, w2.get));
  const term = (k: number): Expression => v128.f64s(2 / (2 * k + 1));
  const two = (k: number): Expression => f64x2.add(term(k), f64x2.mul(w.get, term(k + 1)));
  const four = (k: number): Expression => f64x2.add(two(k), f64x2.mul(w2.get, two(k + 2)));
  const series = f64x2.add(four(0), f64x2.mul(w4.get, four(4)));
  return f64x2.add(f64x2.mul(e, v128.f64s(Math.LN2)), f64x2.mul(z.get, series));
}

/** Sum of golden * ln(golden / board). Takes the floors below which neither side's value is let fall in the logarithm. */
function divergence(): FunctionBuilder {
  const f = new FunctionBuilder('divergence', ['i32', 'f64', 'f64']);
  const goldenFloor = f.let('v128', f64x2.splat(f.parameter(1)));
  const boardFloor = f.let('v128', f64x2.splat(f.parameter(2)));
  const weighted = f.local('v128');
  f.forEach(f.parameter(0), 16, (index) => {
    const golden = f.let('v128', v128.load(index, goldenAt));
    const board = f.let('v128', v128.load(index, boardAt));
    const boardHalves = halvesOf(board);
    halvesOf(golden).forEach((goldenHalf, i) => {
      const g = f.let('v128', goldenHalf);
      const logarithms = logarithmOfQuotient(
        f,
        f64x2.max(goldenFloor.get, g.get),
        f64x2.max(boardFloor.get, boardHalves[i]!),
      );
      f.do(weighted.set(f64x2.add(weighted.get, f64x2.mul(g.get, logarithms))));
    });
  });
  storeResults(f, [sumOfLanes(weighted)]);
  return f;
}

/** The module with all loops. */
export const assembleLoops = (): Uint8Array<ArrayBuffer> =>
  assemble([errors(), tolerance(), rowSums(), divergence()]);
