import { halfUlpDistance } from '../tensor/half.ts';
import type { ElementScan } from './element-scan.ts';
import type { RealNumbers } from './real-numbers.ts';

/** Scans elements [start, end) one at a time: any element type, NaN and Inf among them. */
export function scanCarefully(
  scan: ElementScan,
  golden: RealNumbers,
  board: RealNumbers,
  start: number,
  end: number,
  atol: number,
  rtol: number,
): void {
  for (let i = start; i < end; i++) {
    const expected = golden[i]!;
    const found = board[i]!;
    const error = Math.abs(found - expected);
    const magnitude = Math.abs(expected);
    scan.sumAbsError += error;
    scan.sumSquaredError += error * error;
    scan.sumSquaredGolden += expected * expected;
    scan.sumSquaredBoard += found * found;
    scan.sumProduct += expected * found;
    if (!Number.isFinite(expected) || !Number.isFinite(found)) {
      noteNonFinite(scan, expected, found, i);
      continue;
    }
    if (error > scan.maxAbsError) {
      scan.maxAbsError = error;
      scan.maxAbsErrorAt = i;
    }
    if (magnitude > 0) scan.maxRelError = Math.max(scan.maxRelError, error / magnitude);
    else if (error > 0) scan.nonzeroWhereGoldenZero++;
    const ulp = halfUlpDistance(expected, found);
    if (ulp > scan.maxUlp) {
      scan.maxUlp = ulp;
      scan.maxUlpAt = i;
    }
    if (rtol > 0 && error > 0) {
      const used = error / (atol + rtol * magnitude);
      if (used > scan.usedTolerance) {
        scan.usedTolerance = used;
        scan.usedToleranceAt = i;
      }
      scan.neededAtol = Math.max(scan.neededAtol, error - rtol * magnitude);
    }
  }
}

function noteNonFinite(scan: ElementScan, expected: number, found: number, at: number): void {
  const isBoards = !Number.isFinite(found);
  const isFirst = isBoards ? scan.boardNonFinite === 0 : scan.nonFiniteAt === -1;
  if (isFirst) scan.nonFiniteAt = at;
  if (isBoards) scan.boardNonFinite++;
  if (!Number.isFinite(expected)) scan.goldenNonFinite++;
}
