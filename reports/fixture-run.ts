import type { RunPlan, RunSummary } from '../harness/pipeline/reporter.ts';
import type { Capture } from '../harness/store/capture-view.ts';
import type { CaseRecord } from '../harness/store/record.ts';
import { tensor } from '../harness/tensor/tensor.ts';
import {
  caseRecord,
  check,
  comparisonOf,
  hardwareTarget,
  metricsOf,
  softmaxComparison,
  top1Of,
} from './fixture-records.ts';

/** One run with a case of every sort, for the reporters' tests. */

const truth = [0.958134, 0.041866];
const rknnFp16 = [0.947266, 0.052887];
const mixedFp16 = [0.957031, 0.043121];
const int8Flip = [0.00073, 0.999512];

export const tenGolden = [0.948, 0.0465, 0.0032, 0.0008, 0.0005, 0.0004, 0.0003, 0.0002, 0.0001, 0];
export const tenBoard = [0.8657, 0.1118, 0.0124, 0.0059, 0.0018, 0.001, 0.0006, 0.0004, 0.0003, 0.0001];

export const passed = caseRecord('story', 'picture', {
  comparison: comparisonOf([
    softmaxComparison(truth, mixedFp16, {
      metrics: { maxAbsError: 0.001255, cosine: 0.999999, kl: 1.9e-5, worst: pair(1, truth, mixedFp16) },
      margins: [3.1305, 3.0998],
      checks: [check('atol', 0.001255, 0.03), check('top-1', 0, 0), check('margin', 0.0307, 0.6261)],
    }),
  ]),
  top1: top1Of(truth, mixedFp16),
  unseenFaults: [
    {
      fault: 'one-quantisation-step',
      output: 'prob',
      message: 'atol 0.03 does not see one fp16 step on the top class',
    },
  ],
  capture: '.hil/runs/5f1c/story-picture',
});

export const marginal = caseRecord('story', 'dim', {
  marginal: true,
  reason: 'atol uses 88 % of its limit: |error| 0.01102, limit 0.0125',
  comparison: comparisonOf([
    softmaxComparison(truth, rknnFp16, {
      metrics: { maxAbsError: 0.011021, cosine: 0.999927, kl: 1.3e-3, worst: pair(1, truth, rknnFp16) },
      margins: [3.1305, 2.8854],
      checks: [check('atol', 0.011021, 0.0125), check('top-1', 0, 0), check('margin', 0.2451, 0.6261)],
    }),
  ]),
  top1: top1Of(truth, rknnFp16),
  unseenFaults: [],
});

export const failedByFlip = caseRecord('story', 'misread', {
  verdict: 'failed',
  class: 'precision',
  reason: 'top-1 is 1 instead of 0; p[0] is 0.0007 where the golden has 0.9581 (|error| 0.9574, limit 0.03)',
  comparison: comparisonOf([
    softmaxComparison(truth, int8Flip, {
      metrics: { maxAbsError: 0.957646, cosine: 0.0444, kl: 6.75, worst: pair(1, truth, int8Flip) },
      margins: [3.1305, -7.2219],
      checks: [
        { ...check('atol', 0.957646, 0.03, { atol: 0.9577 }), at: pair(1, truth, int8Flip) },
        check('top-1', 1, 0),
        check('margin', 10.3524, 0.6261, { marginRtol: 3.31 }),
      ],
    }),
  ]),
  top1: top1Of(truth, int8Flip),
  tags: ['nightly'],
  labels: { epic: ['Classification'], feature: ['Input order'], story: ['Channel order', 'Signed bytes'] },
  owner: 'vision-team',
  severity: 'critical',
  links: [{ url: 'https://example.org/wiki/channel-order', name: 'Channel order' }],
  knownIssue: { id: 'NPU-17', url: 'https://example.org/issues/NPU-17', reason: 'bytes are read as signed' },
  capture: '.hil/runs/5f1c/story-misread',
});

export const failedByNaN = caseRecord('depth', 'room', {
  verdict: 'failed',
  class: 'precision',
  reason: 'depth holds 2 values that are no numbers, the first at [0, 1]',
  comparison: comparisonOf(
    [
      {
        name: 'depth',
        kind: 'values',
        shape: [1, 4],
        metrics: metricsOf({
          elementCount: 4,
          maxAbsError: NaN,
          cosine: NaN,
          boardNonFinite: 2,
          worst: { flat: 1, index: [0, 1], golden: -2.25, board: NaN },
        }),
        limits: { atol: 0.05 },
        checks: [{ name: 'atol', value: NaN, limit: 0.05, used: NaN, ok: false, wouldPass: {} }],
      },
    ],
    [{ kind: 'non-finite', output: 'depth', message: 'depth holds 1 NaN and 1 infinity' }],
  ),
});

export const failedByMissingOutput = caseRecord('detector', 'street', {
  verdict: 'failed',
  class: 'precision',
  reason: 'output boxes is missing: the board answered scores only',
  comparison: comparisonOf(
    [],
    [{ kind: 'missing-output', output: 'boxes', message: 'boxes is missing; the board answered scores' }],
  ),
  target: hardwareTarget,
});

export const passedOnHardware = caseRecord('ten-class', 'ship', {
  comparison: comparisonOf([
    softmaxComparison(tenGolden, tenBoard, {
      metrics: { elementCount: 10, maxAbsError: 0.0823, cosine: 0.996, worst: pair(0, tenGolden, tenBoard) },
      margins: [3.0149, 2.0469],
      checks: [check('atol', 0.0823, 0.15), check('top-1', 0, 0)],
    }),
  ]),
  top1: top1Of(tenGolden, tenBoard),
  toleranceUntested: 'its outputs have 1,382,400 values, and above 1,000,000 only `npx hil lint` tests',
  target: hardwareTarget,
});

const unreachable = {
  code: 'HIL_SSH_UNREACHABLE',
  owner: 'lab',
  message: 'farm-3 (192.0.2.7:22) did not answer over SSH within 10000 ms',
  hint: 'Check its power and network, then try: ssh -p 22 root@192.0.2.7 true',
  causes: ['Error: connect ECONNREFUSED 192.0.2.7:22'],
} as const;

export const brokenNetwork = caseRecord('ten-class', 'frog', {
  verdict: 'broken',
  class: 'infra',
  reason: unreachable.message,
  error: unreachable,
  target: { board: 'farm-3', sdk: '1.6.0', simulated: false, format: 'u8' },
  timings: {
    startedAt: '2026-01-05T21:04:01.000Z',
    totalMs: 31_200,
    stagesMs: { prepare: 12, connect: 10_000, reference: 55 },
    npuTimeUs: [],
    uploadedBytes: 0,
  },
  attempts: [
    { error: unreachable, board: 'farm-3', ms: 10_050 },
    { error: unreachable, board: 'farm-4', ms: 10_040 },
  ],
});

export const brokenPrecluded = caseRecord('stale', 'cat', {
  verdict: 'broken',
  class: 'precluded',
  reason: 'the golden of stale was made from another model',
  error: {
    code: 'HIL_GOLDEN_STALE',
    owner: 'spec',
    message: 'golden/stale was made from model 2222222222, the spec now names 3333333333',
    hint: 'Look at the difference, then run: npx hil golden update specs/stale.hil.yaml',
    causes: [],
  },
  timings: {
    startedAt: '2026-01-05T21:04:01.000Z',
    totalMs: 15,
    stagesMs: { prepare: 15 },
    npuTimeUs: [],
    uploadedBytes: 0,
  },
});

export const skipped = caseRecord('two-heads', 'dog', {
  verdict: 'skipped',
  reason: 'no board with SDK >=2.0.0',
  timings: {
    startedAt: '2026-01-05T21:04:01.000Z',
    totalMs: 0,
    stagesMs: {},
    npuTimeUs: [],
    uploadedBytes: 0,
  },
});

export const passedAfterRetry = caseRecord('story', 'retried', {
  comparison: passed.comparison,
  top1: passed.top1,
  unseenFaults: [],
  attempts: [
    {
      error: { ...unreachable, code: 'HIL_SSH_LOST', message: 'the connection was lost' },
      board: 'virtual',
      ms: 800,
    },
  ],
});

export const fixturePlan: RunPlan = {
  run: '2026-01-05T21-04-00-5f1c',
  root: '/projects/npu',
  folder: '/projects/npu/.hil/runs/5f1c',
  startedAt: '2026-01-05T21:04:00.000Z',
  harnessVersion: '0.1.0',
  cases: 10,
  command: 'hil run specs',
};

export const fixtureSummary: RunSummary = {
  plan: fixturePlan,
  records: [
    passed,
    marginal,
    failedByFlip,
    failedByNaN,
    failedByMissingOutput,
    passedOnHardware,
    brokenNetwork,
    brokenPrecluded,
    skipped,
    passedAfterRetry,
  ],
  totalMs: 42_300,
  interrupted: false,
  errors: [],
};

/** The captures of the records above that have one. */
export function fixtureCapture(record: CaseRecord): Promise<Capture | undefined> {
  if (record === failedByFlip) return Promise.resolve(softmaxCapture(truth, int8Flip));
  if (record === passed) return Promise.resolve(softmaxCapture(truth, mixedFp16));
  if (record === marginal) return Promise.resolve(softmaxCapture(truth, rknnFp16));
  if (record === passedOnHardware) return Promise.resolve(softmaxCapture(tenGolden, tenBoard));
  if (record === failedByNaN) {
    return Promise.resolve({
      golden: new Map([['depth', tensor('float32', [1, 4], Float32Array.of(1.5, -2.25, 0.5, 3))]]),
      board: new Map([['depth', tensor('float32', [1, 4], Float32Array.of(1.501, NaN, 0.498, Infinity))]]),
      log: '',
    });
  }
  return Promise.resolve(undefined);
}

function softmaxCapture(golden: readonly number[], board: readonly number[]): Capture {
  return {
    golden: new Map([['prob', tensor('float32', [1, golden.length], Float32Array.from(golden))]]),
    board: new Map([['prob', tensor('float32', [1, board.length], Float32Array.from(board))]]),
    log: 'librknn_runtime version 1.7.5 (ccb93f1 build: 2023-07-18 10:48:49 base: 1131)\n',
  };
}

function pair(flat: number, golden: readonly number[], board: readonly number[]) {
  return { flat, index: [0, flat], golden: golden[flat] ?? NaN, board: board[flat] ?? NaN };
}
