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

const sums = ['sumAbsError', 'sumSquaredError', 'sumSquaredGolden', 'sumSquaredBoard', 'sumProduct'] as const;
/** What each loop leaves at {@link resultsAt}, one float64 each, in this order. */
export const results = {
  errors: [...sums, 'maxAbsError', 'maxRelError', 'zeroMisses', 'maxUlp'],
  errorPlace: ['index'],
  ulpPlace: ['index'],
  tolerance: ['used', 'neededAtol'],
  rowSums: ['golden', 'board', 'goldenMagnitude'],
  divergence: ['weighted'],
} as const;

/** Puts a loop's results into memory, in the order of {@link results}. */
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
  const [absError, squaredError, squaredGolden, squaredBoard, product, maxError, maxRelative, zeroMisses] =
    Array.from({ length: 8 }, () => f.local('v128')) as [
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
      Local,
    ];
  const maxUlp = f.local('v128');
  f.forEach(f.parameter(0), 16, (index) => {
    const golden = f.let('v128', v128.load(index, goldenAt));
    const board = f.let('v128', v128.load(index, boardAt));
    const boardHalves = halvesOf(board);
    halvesOf(golden).forEach((goldenHalf, i) => {
      const g = f.let('v128', goldenHalf);
      const b = f.let('v128', boardHalves[i]!);
      const error = f.let('v128', f64x2.abs(f64x2.sub(b.get, g.get)));
      const add = (sum: Local, value: Expression): void => f.do(sum.set(f64x2.add(sum.get, value)));
      add(absError, error.get);
      add(squaredError, f64x2.mul(error.get, error.get));
      add(squaredGolden, f64x2.mul(g.get, g.get));
      add(squaredBoard, f64x2.mul(b.get, b.get));
      add(product, f64x2.mul(g.get, b.get));
      f.do(maxError.set(f64x2.max(maxError.get, error.get)));

      const isZero = f.let('v128', f64x2.equal(g.get, v128.f64s(0)));
      const relative = v128.andNot(f64x2.div(error.get, f64x2.abs(g.get)), isZero.get);
      f.do(maxRelative.set(f64x2.max(maxRelative.get, relative)));
      const isMiss = v128.and(isZero.get, f64x2.greaterThan(error.get, v128.f64s(0)));
      add(zeroMisses, v128.and(isMiss, v128.f64s(1)));
    });
    f.do(maxUlp.set(i32x4.max(maxUlp.get, stepsBetween(f, golden.get, board.get))));
  });
  const lanes = [0, 1, 2, 3].map((lane) => f64.convert(i32x4.lane(maxUlp.get, lane)));
  storeResults(f, [
    ...[absError, squaredError, squaredGolden, squaredBoard, product].map(sumOfLanes),
    maxOfLanes(maxError),
    maxOfLanes(maxRelative),
    sumOfLanes(zeroMisses),
    lanes.reduce((a, b) => f64.max(a, b)),
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

/** Index of the first pair that is so many steps of the grid of halves apart. Takes the steps. */
function ulpPlace(): FunctionBuilder {
  const f = new FunctionBuilder('ulpPlace', ['i32', 'i32']);
  const steps = f.let('v128', i32x4.splat(f.parameter(1)));
  findFirst(f, (golden, board) => i32x4.equal(stepsBetween(f, golden.get, board.get), steps.get));
  return f;
}

/** Index of the first pair with an error. Takes the error, which is one that {@link errors} found. */
function errorPlace(): FunctionBuilder {
  const f = new FunctionBuilder('errorPlace', ['i32', 'f64']);
  const error = f.let('v128', f64x2.splat(f.parameter(1)));
  findFirst(f, (golden, board) => {
    const boardHalves = halvesOf(board);
    const [low, high] = halvesOf(golden).map((half, i) =>
      f64x2.equal(f64x2.abs(f64x2.sub(boardHalves[i]!, half)), error.get),
    ) as [Expression, Expression];
    return v128.join(low, high);
  });
  return f;
}

/** Leaves the index of the first of all pairs that matches. */
function findFirst(f: FunctionBuilder, matches: (golden: Local, board: Local) => Expression): void {
  const none = v128.i32s(0x7fff_ffff);
  const first = f.let('v128', none);
  const indices = f.let('v128', v128.i32s(0, 1, 2, 3));
  f.forEach(f.parameter(0), 16, (index) => {
    const golden = f.let('v128', v128.load(index, goldenAt));
    const board = f.let('v128', v128.load(index, boardAt));
    f.do(
      first.set(i32x4.min(first.get, v128.select(matches(golden, board), indices.get, none))),
      indices.set(i32x4.add(indices.get, v128.i32s(4))),
    );
  });
  const lanes = [0, 1, 2, 3].map((lane) => f64.convert(i32x4.lane(first.get, lane)));
  storeResults(f, [lanes.reduce((a, b) => f64.min(a, b))]);
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

const exponentBits = 52;
const one = 0x3ff0_0000_0000_0000n; // bits of 1
/** Adding an integer below 2^51 to the bits of this number adds it to its value. */
const integerBase = 1.5 * 2 ** 52;
const integerBaseBits = 0x4338_0000_0000_0000n;

/** 2 (z + z^3/3 + z^5/5 + ...), which is ln((1 + z) / (1 - z)), to so many terms. */
function logarithmSeries(z: Local, square: Local, terms: number): Expression {
  const coefficients = Array.from({ length: terms }, (_, k) => v128.f64s(2 / (2 * k + 1)));
  const sum = coefficients.reduceRight((rest, coefficient) =>
    f64x2.add(coefficient, f64x2.mul(square.get, rest)),
  );
  return f64x2.mul(z.get, sum);
}

/**
 * Natural logarithms of two positive normal float64: ln(2^e m) = e ln 2 + ln m with m between sqrt(1/2) and sqrt(2),
 * where nine terms of the series with z = (m - 1) / (m + 1) leave less than 1e-15 of it.
 */
function logarithm(f: FunctionBuilder, values: Expression): Expression {
  const bits = f.let('v128', values);
  const mantissa = f.let('v128', v128.or(v128.and(bits.get, v128.i64s((1n << 52n) - 1n)), v128.i64s(one)));
  const isUpper = f.let('v128', f64x2.greaterThan(mantissa.get, v128.f64s(Math.SQRT2)));
  const m = f.let('v128', f64x2.mul(mantissa.get, v128.select(isUpper.get, v128.f64s(0.5), v128.f64s(1))));
  // The mask is -1 where m was halved: subtracting it adds 1 to the exponent.
  const exponent = i64x2.sub(
    i64x2.sub(i64x2.shiftRight(bits.get, exponentBits), v128.i64s(1023n)),
    isUpper.get,
  );
  const e = f64x2.sub(i64x2.add(exponent, v128.i64s(integerBaseBits)), v128.f64s(integerBase));
  const z = f.let('v128', f64x2.div(f64x2.sub(m.get, v128.f64s(1)), f64x2.add(m.get, v128.f64s(1))));
  const square = f.let('v128', f64x2.mul(z.get, z.get));
  return f64x2.add(f64x2.mul(e, v128.f64s(Math.LN2)), logarithmSeries(z, square, 9));
}

/**
 * Logarithms of the quotients of two pairs. Most are within 10 % of 1; there the series with z = (a - b) / (a + b) is as
 * exact after six terms and takes half the time.
 */
function logarithmOfQuotient(f: FunctionBuilder, numerator: Expression, denominator: Expression): Expression {
  const a = f.let('v128', numerator);
  const b = f.let('v128', denominator);
  const z = f.let('v128', f64x2.div(f64x2.sub(a.get, b.get), f64x2.add(a.get, b.get)));
  const square = f.let('v128', f64x2.mul(z.get, z.get));
  const result = f.local('v128');
  f.choose(
    v128.anyTrue(f64x2.greaterThan(square.get, v128.f64s(0.0025))),
    () => f.do(result.set(logarithm(f, f64x2.div(a.get, b.get)))),
    () => f.do(result.set(logarithmSeries(z, square, 6))),
  );
  return result.get;
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
  assemble([errors(), errorPlace(), ulpPlace(), tolerance(), rowSums(), divergence()]);
