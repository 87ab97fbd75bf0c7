import type { Limits } from '../../harness/compare/tolerance.ts';
import type { Check, Comparison, OutputComparison } from '../../harness/compare/comparison.ts';
import { formatNumber, formatShare } from './number.ts';

/** One check as every report shows it. */
export interface CheckRow {
  readonly output: string;
  readonly check: string;
  readonly value: string;
  readonly limit: string;
  readonly used: string;
  /** The limit that would just have passed, paste-ready and therefore unrounded; empty if the check passed. */
  readonly wouldPass: string;
  readonly ok: boolean;
}

/** All checks of a comparison, in the order they were made. */
export function checkRows(comparison: Comparison): CheckRow[] {
  return comparison.outputs.flatMap((output) => output.checks.map((check) => checkRow(output, check)));
}

function checkRow(output: OutputComparison, check: Check): CheckRow {
  return {
    output: output.name,
    check: check.name,
    value: formatNumber(check.value),
    limit: formatNumber(check.limit),
    used: formatShare(check.used),
    wouldPass: check.ok ? '' : formatLimits(check.wouldPass),
    ok: check.ok,
  };
}

/** Limits as a spec would write them, e.g. `{ atol: 0.0123 }`; a dash where no limit would have passed. */
export function formatLimits(limits: Partial<Limits>): string {
  const entries = Object.entries(limits).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return '-';
  return `{ ${entries.map(([name, value]) => `${name}: ${value}`).join(', ')} }`;
}
