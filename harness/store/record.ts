import type { ErrorReport } from '../hil-error.ts';
import type { Comparison, RankedClass } from '../compare/comparison.ts';
import type { NumericFormat } from '../tensor/quantisation.ts';
import type { SdkStack } from '../board/sdk-stack.ts';
import type { BoardIdentity } from '../board/board.ts';
import type { Conversion } from '../explain/conversion.ts';
import type { Explanation } from '../explain/explanation.ts';

/**
 * - `passed`: complete output within tolerance.
 * - `failed`: the network or the board's program is wrong; class `precision` or `runtime`.
 * - `broken`: no verdict on the network; class `infra` (the rig) or `precluded` (something above the case).
 * - `skipped`: not run, with a reason.
 * - `unknown`: the harness died before a verdict.
 */
export type Verdict = 'passed' | 'failed' | 'broken' | 'skipped' | 'unknown';
export type VerdictClass = 'precision' | 'runtime' | 'infra' | 'precluded';

/** The stages of one case, as people see them. `lease`: it waits for a board. */
export type Stage =
  'prepare' | 'lease' | 'connect' | 'upload' | 'run' | 'reference' | 'compare' | 'store' | 'explain';

/** The durable result of one case: everything needed to read it later. Plain JSON. */
export interface CaseRecord {
  readonly schema: 1;
  readonly run: string;
  readonly case: {
    readonly name: string;
    readonly spec: string;
    readonly input: string;
    /** Relative to the project's root. */
    readonly specFile: string;
    readonly inputFile: string;
    readonly description?: string | undefined;
  };
  readonly verdict: Verdict;
  readonly class?: VerdictClass | undefined;
  /** Passed with more than 80 % of a limit used. */
  readonly marginal: boolean;
  /** One sentence that says why, for every verdict but a plain pass. */
  readonly reason?: string | undefined;
  readonly error?: ErrorReport | undefined;
  readonly target: {
    readonly board: string;
    readonly sdk: string;
    readonly simulated: boolean;
    readonly identity?: BoardIdentity | undefined;
    readonly stack?: SdkStack | undefined;
    readonly format: NumericFormat;
  };
  readonly comparison?: Comparison | undefined;
  /** How far golden, model file and board are apart; only where the board's model file holds its network. */
  readonly conversion?: Conversion | undefined;
  /** Why the case failed, as far as it could be found out; came after the verdict and did not change it. */
  readonly explanation?: Explanation | undefined;
  /** Names of the best classes of both sides, by index; only where the spec names classes. */
  readonly classNames?: Readonly<Record<number, string>> | undefined;
  readonly top1?: { readonly golden: RankedClass; readonly board: RankedClass } | undefined;
  /** Faults that the declared tolerance would not have seen in this case's own outputs; absent if it was not tested. */
  readonly unseenFaults?: readonly UnseenFault[] | undefined;
  /** Why the tolerance was not tested on the outputs of a case that passed. */
  readonly toleranceUntested?: string | undefined;
  readonly golden?: GoldenReference | undefined;
  readonly hashes: {
    readonly spec: string;
    readonly referenceModel?: string | undefined;
    readonly boardModel?: string | undefined;
    /** Of the program that ran the model instead of the device runner, with its arguments and files. */
    readonly command?: string | undefined;
    readonly input?: string | undefined;
    readonly preprocess?: string | undefined;
  };
  readonly timings: {
    /** ISO 8601, host clock. */
    readonly startedAt: string;
    /** Without the wait for a board, which `stagesMs.lease` tells. */
    readonly totalMs: number;
    readonly stagesMs: Readonly<Partial<Record<Stage, number>>>;
    /** One for each repeat. */
    readonly npuTimeUs: readonly number[];
    readonly uploadedBytes: number;
  };
  /** How the board was found, where it was looked at for this case. */
  readonly conditions?: CaseConditions | undefined;
  /** Earlier attempts that broke and were repeated. */
  readonly attempts: readonly Attempt[];
  /** Folder of the capture, relative to the project's root. */
  readonly capture?: string | undefined;
  /** Of the capture's document, capture.json, which names the hashes of all the rest. */
  readonly captureSha256?: string | undefined;
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly tags: readonly string[];
  readonly owner?: string | undefined;
  readonly severity?: string | undefined;
  readonly links: readonly {
    readonly url: string;
    readonly name?: string | undefined;
    readonly type?: string | undefined;
  }[];
  readonly knownIssue?:
    { readonly id: string; readonly url?: string | undefined; readonly reason: string } | undefined;
  readonly log?: string | undefined;
}

/** What a case's times have to be read with; results do not depend on it. */
export interface CaseConditions {
  /** Before the case, of all sensors that can be read; in °C. */
  readonly hottest?: { readonly sensor: string; readonly celsius: number } | undefined;
  /** How long the board was given to cool before the case, in ms. */
  readonly cooledMs?: number | undefined;
  /** What made the times of this case useless for comparison, in words. */
  readonly disturbances?: readonly string[] | undefined;
}

/** An attempt that broke and was followed by another. */
export interface Attempt {
  readonly error: ErrorReport;
  readonly board: string;
  readonly ms: number;
  /** Of the lease that the attempt was made under. */
  readonly fence?: number | undefined;
  /** The board's boot, where a session was open. */
  readonly bootId?: string | undefined;
}

export interface GoldenReference {
  /** sha256 of the golden's manifest. */
  readonly id: string;
  /** `stored`: read from golden/; `computed`: no golden is stored, the engine ran now. */
  readonly source: 'stored' | 'computed';
  readonly engine: string;
  /** Worst disagreement between the two sealing executions, absolute. */
  readonly sealedWithin: number;
}

export interface UnseenFault {
  /** e.g. `top-two-swapped`. */
  readonly fault: string;
  readonly output: string;
  readonly message: string;
}
