import type { CaseRecord, Verdict, VerdictClass } from '../record.ts';
import type { BoardLeases } from './board-leases.ts';

/** What is known of a run besides its cases. */
export interface StoredRun {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Absent while the run goes on, and for good if it was killed. */
  readonly endedAt?: string | undefined;
  readonly harnessVersion: string;
  /** The command line as the person typed it. */
  readonly command: string;
  readonly gitCommit?: string | undefined;
  /** True if the work tree differed from the commit. */
  readonly gitDirty?: boolean | undefined;
  readonly ciUrl?: string | undefined;
  readonly host?: string | undefined;
  readonly interrupted: boolean;
}

/** How many cases of a run got which verdict. */
export type VerdictCounts = Readonly<Record<Verdict, number>>;

/** A run as a line of a list. */
export interface RunLine extends StoredRun {
  readonly counts: VerdictCounts;
  readonly marginal: number;
  readonly sdks: readonly string[];
  readonly boards: readonly string[];
  readonly simulated: boolean;
}

/** The figures of one record that tables and charts over time are made of; the record itself has all. */
export interface HistoryPoint {
  readonly run: string;
  readonly case: string;
  readonly board: string;
  readonly sdk: string;
  readonly simulated: boolean;
  readonly format: string;
  readonly startedAt: string;
  readonly verdict: Verdict;
  readonly class?: VerdictClass | undefined;
  readonly marginal: boolean;
  /** Largest share of a limit in use, 1 = at the limit; over all outputs and checks. */
  readonly used?: number | undefined;
  /** Of the output that uses most of its tolerance; dequantised units. */
  readonly maxAbsError?: number | undefined;
  readonly cosine?: number | undefined;
  /** Nats. */
  readonly kl?: number | undefined;
  /** Log-odds of the two best classes of the golden: board less golden. */
  readonly marginChange?: number | undefined;
  readonly goldenMargin?: number | undefined;
  readonly top1Agrees?: boolean | undefined;
  /** Median over the repeats. */
  readonly npuTimeUs?: number | undefined;
  readonly errorCode?: string | undefined;
  readonly goldenId?: string | undefined;
  readonly boardModelHash?: string | undefined;
}

/** Which points are asked for. Simulated results and hardware's are never in one answer. */
export interface HistoryQuery {
  readonly simulated: boolean;
  readonly case?: string | undefined;
  readonly board?: string | undefined;
  readonly sdk?: string | undefined;
  /** ISO 8601; only what started then or later. */
  readonly since?: string | undefined;
  /** The newest so many; 1000 by default. */
  readonly limit?: number | undefined;
}

/** Which records an acceptance check compares. */
export interface EvidenceQuery {
  readonly sdk: string;
  readonly simulated: boolean;
  readonly board?: string | undefined;
  readonly since?: string | undefined;
}

export interface PruneQuery {
  /** ISO 8601; runs that started before go. */
  readonly before: string;
  /** The newest so many runs stay in any case. */
  readonly keep: number;
}

/** Where records live for good: one embedded file, or a server that a farm shares. */
export interface RecordStore extends AsyncDisposable {
  /** Where it is, without password. */
  readonly place: string;
  readonly leases: BoardLeases;
  /** Adds a run, or what has become known of it since. */
  putRun(run: StoredRun): Promise<void>;
  /** Adds records of a known run. One that is there already (same run, case, board, SDK) is left as it is. */
  addRecords(records: readonly CaseRecord[]): Promise<{ readonly added: number }>;
  /** Newest first. */
  listRuns(limit: number): Promise<readonly RunLine[]>;
  /** By id, the beginning of an id, or `latest`. @throws {UnknownRunError} */
  findRun(name: string): Promise<RunLine>;
  /** All records of a run, in the order in which they ended. */
  recordsOf(run: string): Promise<readonly CaseRecord[]>;
  /** Oldest first. */
  history(query: HistoryQuery): Promise<readonly HistoryPoint[]>;
  /** Names of the cases that contain a text, in order; all for the empty one. */
  caseNames(containing: string, simulated: boolean): Promise<readonly string[]>;
  /** The newest judged record (passed or failed) of every case on every board. */
  evidence(query: EvidenceQuery): Promise<readonly CaseRecord[]>;
  /** Deletes old runs with their records. @returns Their ids. */
  prune(query: PruneQuery): Promise<readonly string[]>;
}
