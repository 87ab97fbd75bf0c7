import type {
  Check,
  Comparison,
  Metrics,
  OutputComparison,
  RankedClass,
} from '../harness/compare/comparison.ts';
import type { CaseRecord } from '../harness/store/record.ts';
import { parseComponentVersion } from '../harness/board/sdk-stack.ts';

/** Records for the reporters' tests. The softmaxes of `story` are those of a published RK1808 case. */

const virtualTarget: CaseRecord['target'] = {
  board: 'virtual',
  sdk: '1.7.5',
  simulated: true,
  format: 'fp16',
  stack: {
    name: '1.7.5',
    api: parseComponentVersion(
      'librknn_runtime version 1.7.5 (ccb93f1 build: 2023-07-18 10:48:49 base: 1131)',
    ),
    driver: parseComponentVersion('1.7.5 (ccb93f1 build: 2023-07-18 10:48:49 base: 1131)'),
    toolkit: parseComponentVersion('1.7.1'),
  },
};

export const hardwareTarget: CaseRecord['target'] = {
  board: 'farm-3',
  sdk: '1.6.0',
  simulated: false,
  format: 'u8',
  stack: {
    name: '1.6.0',
    api: parseComponentVersion(
      'librknn_runtime version 1.6.0 (6523e57 build: 2021-01-15 15:09:12 base: 1126)',
    ),
    driver: parseComponentVersion('6.4.3.5.293908'),
  },
};

/** A plain pass, with whatever a test wants to be different. */
export function caseRecord(spec: string, input: string, changes: Partial<CaseRecord> = {}): CaseRecord {
  return {
    schema: 1,
    run: '2026-01-05T21-04-00-5f1c',
    case: {
      name: `${spec} › ${input}`,
      spec,
      input,
      specFile: `specs/${spec}.hil.yaml`,
      inputFile: `specs/images/${input}.png`,
    },
    verdict: 'passed',
    marginal: false,
    target: virtualTarget,
    golden: { id: 'a3'.repeat(32), source: 'stored', engine: 'onnxruntime 1.30.0', sealedWithin: 2.4e-7 },
    hashes: {
      spec: '11'.repeat(32),
      referenceModel: '22'.repeat(32),
      boardModel: '33'.repeat(32),
      input: '44'.repeat(32),
      preprocess: '55'.repeat(32),
    },
    timings: {
      startedAt: '2026-01-05T21:04:00.000Z',
      totalMs: 140,
      stagesMs: { prepare: 12, connect: 37, upload: 20, run: 9, reference: 55, compare: 2, store: 4 },
      npuTimeUs: [2310, 2290, 2304],
      uploadedBytes: 1_204_224,
    },
    attempts: [],
    labels: {},
    tags: [],
    links: [],
    ...changes,
  };
}

export function comparisonOf(
  outputs: readonly OutputComparison[],
  faults: Comparison['faults'] = [],
): Comparison {
  const checks = outputs.flatMap((output) => output.checks);
  const sound = faults.length === 0 && outputs.length > 0 && checks.every(({ ok }) => ok);
  return { faults, outputs, ok: sound, marginal: sound && checks.some(({ used }) => used > 0.8) };
}

/** A comparison of a softmax over `golden.length` classes; what it measures is given, not computed. */
export function softmaxComparison(
  golden: readonly number[],
  board: readonly number[],
  measured: {
    metrics: Partial<Metrics>;
    margins: readonly [golden: number, board: number];
    checks: readonly Check[];
  },
): OutputComparison {
  const goldenTop = ranked(golden);
  const boardTop = ranked(board);
  return {
    name: 'prob',
    kind: 'probabilities',
    shape: [1, golden.length],
    metrics: metricsOf({ elementCount: golden.length, ...measured.metrics }),
    ranking: {
      row: 0,
      goldenTop,
      boardTop,
      goldenMargin: measured.margins[0],
      boardMargin: measured.margins[1],
      top1Agrees: goldenTop[0]?.index === boardTop[0]?.index,
    },
    limits: { atol: 0.03, maxKl: 0.01, topK: 1, marginRtol: 0.2 },
    checks: measured.checks,
  };
}

export function metricsOf(measured: Partial<Metrics>): Metrics {
  return {
    elementCount: 2,
    identical: false,
    maxAbsError: 0,
    meanAbsError: 0,
    maxRelError: 0,
    nonzeroWhereGoldenZero: 0,
    rmse: 0,
    cosine: 1,
    snrDb: 60,
    gain: 1,
    kl: 0,
    maxUlp: 0,
    goldenNonFinite: 0,
    boardNonFinite: 0,
    ...measured,
  };
}

export function check(name: string, value: number, limit: number, wouldPass: Check['wouldPass'] = {}): Check {
  const used = limit === 0 ? (value === 0 ? 0 : Infinity) : value / limit;
  return { name, value, limit, used, ok: used <= 1, wouldPass };
}

const ranked = (values: readonly number[]): RankedClass[] =>
  values
    .map((value, index) => ({ index, value }))
    .sort((a, b) => b.value - a.value)
    .slice(0, 5);

export const top1Of = (golden: readonly number[], board: readonly number[]): CaseRecord['top1'] => {
  const [goldenBest] = ranked(golden);
  const [boardBest] = ranked(board);
  return goldenBest && boardBest ? { golden: goldenBest, board: boardBest } : undefined;
};
