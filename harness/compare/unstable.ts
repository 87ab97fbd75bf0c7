import type { StructuralFault } from './comparison.ts';

/**
 * Repeated runs of one input on one board must agree bit for bit.
 *
 * @param checksums - CRC-32 of all outputs' bytes, one for each run in order.
 * @returns The fault `unstable` if they differ.
 */
export function findUnstable(checksums: readonly number[]): StructuralFault | undefined {
  const answers = new Set(checksums);
  if (answers.size <= 1) return undefined;
  const first = checksums.findIndex((checksum) => checksum !== checksums[0]);
  return {
    kind: 'unstable',
    output: '',
    message:
      `${checksums.length} runs of the same input gave ${answers.size} different answers; ` +
      `run ${first + 1} is the first that differs from run 1`,
  };
}
