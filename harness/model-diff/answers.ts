import type { Comparison, OutputComparison, RankedClass } from '../compare/comparison.ts';

/** What two model files answer on one input, beside the float reference. */
export interface AnswerPair {
  readonly case: string;
  readonly output: string;
  readonly before: AnswerError;
  readonly after: AnswerError;
  /** Best class of the reference; absent for outputs without classes. */
  readonly golden?: RankedClass | undefined;
}

export interface AnswerError {
  readonly maxAbs: number;
  readonly cosine: number;
  /** Change of the distance between the reference's two best classes, in nats; absent for outputs without classes. */
  readonly margin?: number | undefined;
  readonly top1?: RankedClass | undefined;
  readonly agrees?: boolean | undefined;
  /** Within the spec's tolerance. */
  readonly ok: boolean;
}

/** @returns One for each output that both could be compared in. */
export function pairAnswers(name: string, before: Comparison, after: Comparison): AnswerPair[] {
  return after.outputs.flatMap((now): AnswerPair[] => {
    const old = before.outputs.find((output) => output.name === now.name);
    return old
      ? [
          {
            case: name,
            output: now.name,
            before: errorOf(old),
            after: errorOf(now),
            ...(now.ranking?.goldenTop[0] ? { golden: now.ranking.goldenTop[0] } : {}),
          },
        ]
      : [];
  });
}

function errorOf({ metrics, ranking, checks }: OutputComparison): AnswerError {
  return {
    maxAbs: metrics.maxAbsError,
    cosine: metrics.cosine,
    ok: checks.every((check) => check.ok),
    ...(ranking
      ? {
          margin: ranking.boardMargin - ranking.goldenMargin,
          top1: ranking.boardTop[0],
          agrees: ranking.top1Agrees,
        }
      : {}),
  };
}
