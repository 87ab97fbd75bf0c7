import { compareOutputs } from '../compare/compare.ts';
import { judge } from '../compare/judge.ts';
import type { Limits } from '../compare/tolerance.ts';
import type { CaseRecord } from '../store/record.ts';
import { tensor } from '../tensor/tensor.ts';
import type { CaseEvidence, StackEvidence } from './evidence/evidence.ts';
import type { StoredGrid } from './evidence/stored-grid.ts';

// Evidence for tests: the answers are given, all else follows from them as in a real run.

export function softmax(logits: readonly number[]): number[] {
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

export interface FakeCase {
  readonly spec?: string;
  readonly input: string;
  readonly golden: readonly number[];
  readonly board: readonly number[];
  readonly limits?: Limits;
  readonly grid?: StoredGrid;
  readonly record?: Partial<CaseRecord>;
}

export function fakeCase({
  spec = 'net',
  input,
  golden,
  board,
  limits = { atol: 0.1 },
  grid = { kind: 'fine' },
  record = {},
}: FakeCase): CaseEvidence {
  const named = (values: readonly number[]) =>
    new Map([['prob', tensor('float64', [1, values.length], Float64Array.from(values))]]);
  const comparison = compareOutputs(named(golden), named(board), { limits });
  return {
    record: {
      schema: 1,
      run: 'run',
      case: {
        name: `${spec} › ${input}`,
        spec,
        input,
        specFile: `${spec}.hil.yaml`,
        inputFile: `${input}.png`,
      },
      ...judge(comparison),
      target: { board: 'stick', sdk: '1.0.0', simulated: false, format: 'fp16' },
      comparison,
      hashes: { spec: 'spec' },
      timings: { startedAt: '', totalMs: 1, stagesMs: {}, npuTimeUs: [1000, 1000], uploadedBytes: 0 },
      attempts: [],
      labels: {},
      tags: [],
      links: [],
      ...record,
    },
    outputs: comparison.outputs.map(({ name, kind, shape }) => ({
      name,
      kind,
      shape,
      golden: Float64Array.from(golden),
      board: Float64Array.from(board),
      grid,
    })),
  };
}

export const fakeStack = (
  label: string,
  cases: readonly CaseEvidence[],
  canaries: StackEvidence['canaries'] = [],
): StackEvidence => ({ label, runs: [label], cases, canaries });

/** Logits of twelve inputs over three classes: all sides, all sizes, nothing special. */
export const twelveLogits: readonly (readonly number[])[] = [
  [3.1, 0.2, -1],
  [-2, 1.5, 0.3],
  [0.4, -0.7, 2.2],
  [4, 1, 0],
  [-1.2, 3.3, 0.1],
  [0.9, 0.2, 1.6],
  [2.4, -1.8, 0.5],
  [-0.6, 2.7, -1.1],
  [1.3, 0.4, 3.5],
  [2.9, 1.7, -2],
  [-1.5, 0.8, 2.6],
  [0.1, 3.8, 1.2],
];

/** A stack that answers `answer(logits, number)` to each of the twelve inputs. */
export const stackOf = (
  label: string,
  answer: (logits: readonly number[], input: number) => readonly number[],
  changes: (input: number) => Partial<FakeCase> = () => ({}),
): StackEvidence =>
  fakeStack(
    label,
    twelveLogits.map((logits, i) =>
      fakeCase({ input: `${i}`, golden: softmax(logits), board: softmax(answer(logits, i)), ...changes(i) }),
    ),
  );

/** What rounding might do: a fixed scatter of about `size` nats that favours nothing. */
export const scattered =
  (size: number, seed: number) =>
  (logits: readonly number[], input: number): number[] =>
    logits.map((logit, c) => logit + size * Math.sin(97 * (input + 1) + 31 * (c + 1) + 13 * seed));
