/** What of a CI system's pipeline can be run without that system, in the order of its jobs. */
export interface Pipeline {
  /** Variables that the CI system itself sets, as far as `hil` reads them. */
  readonly systemEnv: Readonly<Record<string, string>>;
  /** How the CI system starts a shell; the script's file comes last. */
  readonly shell: readonly string[];
  readonly jobs: readonly Job[];
}

/** A job starts in a clean checkout. After a step that fails only steps marked `always` run. */
export interface Job {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

export type Step = { readonly always: boolean } & (
  | { readonly kind: 'shell'; readonly script: string; readonly env: Readonly<Record<string, string>> }
  /** Files for later jobs and for people, by glob; each glob must find something. */
  | { readonly kind: 'keep'; readonly name: string; readonly globs: readonly string[]; readonly base: string }
  /** Brings back what earlier jobs kept under names that begin so. */
  | { readonly kind: 'fetch'; readonly prefix: string; readonly into: string }
);

/** A glob for a path that may be a folder: a CI system takes it with all that is in it. */
export const withContents = (path: string): string => (/[*?]/.test(path) ? path : `${path}/**`);
