import type { CaseRecord } from '../record.ts';

/** A record as the pipeline writes it, with changes. */
export function trialRecord(
  changes: Partial<Omit<CaseRecord, 'target' | 'timings'>> & {
    readonly name?: string;
    readonly target?: Partial<CaseRecord['target']>;
    readonly timings?: Partial<CaseRecord['timings']>;
    /** Share of the tolerance that is used. */
    readonly used?: number;
    readonly maxAbsError?: number;
  } = {},
): CaseRecord {
  const { name = 'net › cat', target, timings, used = 0.25, maxAbsError = 0.005, ...others } = changes;
  const [spec = '', input = ''] = name.split(' › ');
  return {
    schema: 1,
    run: 'run-1',
    case: { name, spec, input, specFile: 'specs/net.hil.yaml', inputFile: 'specs/cat.png' },
    verdict: 'passed',
    marginal: false,
    target: { board: 'virtual', sdk: '1.7.5', simulated: true, format: 'fp16', ...target },
    comparison: {
      faults: [],
      outputs: [
        {
          name: 'prob',
          kind: 'probabilities',
          shape: [1, 2],
          metrics: {
            elementCount: 2,
            identical: false,
            maxAbsError,
            meanAbsError: maxAbsError,
            maxRelError: NaN,
            nonzeroWhereGoldenZero: 0,
            rmse: maxAbsError,
            cosine: 0.9999,
            snrDb: 40,
            gain: 1,
            kl: 0.0001,
            maxUlp: 10,
            goldenNonFinite: 0,
            boardNonFinite: 0,
          },
          ranking: {
            row: 0,
            goldenTop: [
              { index: 0, value: 0.75 },
              { index: 1, value: 0.25 },
            ],
            boardTop: [
              { index: 0, value: 0.75 },
              { index: 1, value: 0.25 },
            ],
            goldenMargin: 1.0986,
            boardMargin: 1.0886,
            top1Agrees: true,
          },
          limits: { atol: 0.02 },
          checks: [
            {
              name: 'atol',
              value: maxAbsError,
              limit: 0.02,
              used,
              ok: used <= 1,
              wouldPass: { atol: maxAbsError },
            },
          ],
        },
      ],
      ok: used <= 1,
      marginal: false,
    },
    golden: { id: 'g1', source: 'stored', engine: 'onnxruntime 1.30.0', sealedWithin: 1e-7 },
    hashes: { spec: 's1', boardModel: 'b1' },
    timings: {
      startedAt: '2026-11-01T00:00:00.000Z',
      totalMs: 12,
      stagesMs: { run: 3 },
      npuTimeUs: [5300, 5100, 5200, 9900],
      uploadedBytes: 0,
      ...timings,
    },
    attempts: [],
    labels: {},
    tags: [],
    links: [],
    ...others,
  };
}
