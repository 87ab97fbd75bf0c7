import { formatShape, type NamedTensors, type Tensor } from '../tensor/tensor.ts';
import { checksOf } from './checks.ts';
import type { Check, Comparison, OutputComparison, OutputKind, StructuralFault } from './comparison.ts';
import { distributionDistance } from './distributions.ts';
import { scanElements } from './element-scan.ts';
import { compareListed, type ListedOutput, listingFault } from './listed-output.ts';
import { limitsForListed } from './listed-limits.ts';
import { areIdentical, metricsOfIdentical, metricsOfScan, pairAt } from './metrics.ts';
import { detectKind } from './output-kind.ts';
import { compareRankings } from './ranking.ts';
import { type RealNumbers, realNumbers } from './real-numbers.ts';
import { limitsFor } from './resolve-limits.ts';
import { rowsOf } from './rows.ts';
import { brokenGolden, nonFiniteFault, outputFaults, shapeOrDtypeFault } from './structure.ts';
import type { Tolerance } from './tolerance.ts';
import { ToleranceError } from './tolerance-error.ts';

export interface CompareOptions {
  /** Tolerance of outputs that `outputLimits` does not name. */
  readonly limits?: Tolerance | undefined;
  /** What is declared for single outputs. */
  readonly outputLimits?: ReadonlyMap<string, OutputDeclaration> | undefined;
  /** Outputs of which the board listed some values only; its tensor then holds those, in the list's order. */
  readonly listed?: ReadonlyMap<string, ListedOutput> | undefined;
  /** Faults that were found elsewhere, such as `unstable`. */
  readonly faults?: readonly StructuralFault[] | undefined;
}

export interface OutputDeclaration {
  readonly limits?: Tolerance | undefined;
  /** What the values are; detected on the golden if absent. */
  readonly kind?: OutputKind | undefined;
}

/** Above this share of a limit a pass is marginal. */
const marginalShare = 0.8;
const isOk = ({ ok }: Check): boolean => ok;
const isMarginal = ({ used }: Check): boolean => used > marginalShare;

/**
 * Holds a board's outputs against the golden ones. Pure: the same outputs can be judged again with another tolerance.
 *
 * @param golden - Of any element type; compared as real numbers.
 * @param board - By the names of the golden, dequantised to float32.
 * @throws {ToleranceError} If an output has no tolerance, or one with limits that make no sense for it.
 */
export function compareOutputs(
  golden: NamedTensors,
  board: NamedTensors,
  options: CompareOptions,
): Comparison {
  requireKnownOutputs(golden, options);
  const faults = [...(options.faults ?? []), ...outputFaults(golden, board)];
  const outputs: OutputComparison[] = [];
  for (const [name, expected] of golden) {
    const found = board.get(name);
    if (found === undefined) continue;
    const listed = options.listed?.get(name);
    const fault =
      listed === undefined
        ? shapeOrDtypeFault(name, expected, found)
        : listingFault(name, expected.shape, listed);
    if (fault !== undefined) {
      faults.push(fault);
      continue;
    }
    const output = compareOutput(name, expected, found, listed, options);
    if (output.comparison !== undefined) outputs.push(output.comparison);
    if (output.fault !== undefined) faults.push(output.fault);
  }
  const ok = faults.length === 0 && outputs.length > 0 && outputs.every(({ checks }) => checks.every(isOk));
  return { faults, outputs, ok, marginal: ok && outputs.some(({ checks }) => checks.some(isMarginal)) };
}

/** A tolerance for an output that does not exist is a spelling mistake, and would otherwise be ignored. */
function requireKnownOutputs(golden: NamedTensors, { outputLimits }: CompareOptions): void {
  for (const name of outputLimits?.keys() ?? []) {
    if (golden.size > 0 && !golden.has(name)) {
      throw new ToleranceError(
        `outputs.${name} is declared, but the network has no output of that name; it has ${[...golden.keys()].join(', ')}`,
        { hint: 'Correct the name under `outputs`.' },
      );
    }
  }
}

function compareOutput(
  name: string,
  expected: Tensor,
  found: Tensor,
  listed: ListedOutput | undefined,
  { limits: shared, outputLimits }: CompareOptions,
): { comparison?: OutputComparison; fault?: StructuralFault | undefined } {
  const golden = realNumbers(expected);
  const board = realNumbers(found);
  const { shape } = expected;
  const declared = outputLimits?.get(name);
  const tolerance = declared?.limits ?? shared;
  if (tolerance === undefined) {
    throw new ToleranceError(`output ${name} has no tolerance, so nothing could fail it`, {
      hint: `Set \`tolerance\` for the whole spec, or outputs.${name}.tolerance.`,
    });
  }
  const kind = declared?.kind ?? detectKind(golden, shape, expected.dtype.startsWith('float'));
  if (kind === undefined) {
    const { goldenNonFinite, nonFiniteAt } = scanElements(golden, golden, 0, 0);
    return { fault: brokenGolden(name, goldenNonFinite, pairAt(golden, golden, shape, nonFiniteAt)) };
  }
  if (listed !== undefined) {
    const limits = limitsForListed(tolerance, kind, name);
    const comparison = compareListed({ name, kind, shape, golden, listed, values: board, limits });
    return { comparison, fault: nonFiniteFault(name, comparison.metrics, board) };
  }
  const limits = limitsFor(tolerance, kind, name);
  const rows = rowsOf(shape);
  if (kind !== 'values' && rows.length < 2) {
    throw new ToleranceError(
      `outputs.${name}.kind is ${kind}, but an output of shape ${formatShape(shape)} has no two classes to rank`,
      { hint: `Set outputs.${name}.kind to values, or leave it out.` },
    );
  }

  const identical = areIdentical(golden, board);
  const scan = identical ? undefined : scanElements(golden, board, limits.atol ?? 0, limits.rtol ?? 0);
  const distance = scan && kind === 'probabilities' ? distributionDistance(golden, board, rows) : undefined;
  const metrics = scan
    ? metricsOfScan(scan, distance?.kl ?? NaN, golden, board, shape)
    : metricsOfIdentical(golden, shape, kind === 'probabilities');
  const ranking =
    kind === 'values'
      ? undefined
      : compareRankings(golden, board, rows, kind === 'logits', {
          topK: limits.topK ?? 1,
          marginAtol: limits.marginAtol ?? 0,
          marginRtol: limits.marginRtol ?? 0,
        });
  const checks = checksOf(limits, {
    metrics,
    scan,
    distance,
    ranking,
    pairAt: (flat) => pairAt(golden, board, shape, flat),
    worstInRow: (row) =>
      rows.count === 1
        ? metrics.worst
        : pairAt(golden, board, shape, largestErrorIn(golden, board, row * rows.length, rows.length)),
  });
  return {
    comparison: { name, kind, shape, metrics, ranking: ranking?.ranking, limits, checks },
    fault: nonFiniteFault(name, metrics, board),
  };
}

function largestErrorIn(golden: RealNumbers, board: RealNumbers, start: number, length: number): number {
  let largest = start;
  for (let i = start; i < start + length; i++) {
    const error = Math.abs(board[i]! - golden[i]!);
    if (error > Math.abs(board[largest]! - golden[largest]!)) largest = i;
  }
  return largest;
}
