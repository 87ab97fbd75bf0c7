import type { Generated, Kysely } from 'kysely';
import type { ReleaseSignals } from './release-signals.ts';

/** The tables, the same in both engines. Truth values are 0 and 1; times are ISO 8601 texts, which sort. */
export interface Tables {
  runs: RunsTable;
  records: RecordsTable;
  board_leases: LeasesTable;
}

export interface RunsTable {
  id: string;
  started_at: string;
  ended_at: string | null;
  harness_version: string;
  command: string;
  git_commit: string | null;
  git_dirty: number | null;
  ci_url: string | null;
  host: string | null;
  interrupted: number;
}

export interface RecordsTable {
  id: Generated<number>;
  run_id: string;
  case_name: string;
  board: string;
  sdk: string;
  simulated: number;
  format: string;
  started_at: string;
  verdict: string;
  class: string | null;
  marginal: number;
  used: number | null;
  max_abs_error: number | null;
  cosine: number | null;
  kl: number | null;
  margin_change: number | null;
  golden_margin: number | null;
  top1_agrees: number | null;
  npu_time_us: number | null;
  error_code: string | null;
  golden_id: string | null;
  board_model_hash: string | null;
  /** The whole record as JSON. */
  record: string;
}

export interface LeasesTable {
  board: string;
  holder: string | null;
  fence: number;
  /** Milliseconds since 1970 by the store's clock; 0 after a release. */
  expires_ms: number;
}

/** One of the two engines, with what is not the same in both. */
export interface Database extends AsyncDisposable {
  readonly db: Kysely<Tables>;
  readonly place: string;
  /** Runs statements that write as one: all of them, or none. */
  writing<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T>;
  /** The same, alone: no other process is in its own `exclusively` at the same time. */
  exclusively<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T>;
  /** The engine's column type of a key that counts itself. */
  readonly serialKey: string;
  /** The clock that all who share the store go by. */
  nowMs(db: Kysely<Tables>): Promise<number>;
  /** Where the engine can say that a board was given back. */
  readonly signals?: ReleaseSignals | undefined;
}
