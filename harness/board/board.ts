/** A device as the inventory describes it: knowledge, nothing opened. */
export interface Board {
  readonly name: string;
  /** Key of the runner that can reach it, e.g. `virtual` or `ssh`. */
  readonly runner: string;
  /** Chip as the vendor spells it, e.g. `RK1808`. */
  readonly chip: string;
  readonly tags: readonly string[];
  /** SDK versions that can be run on it, newest last. */
  readonly sdks: readonly string[];
  /** True for every stand-in; its results never mix with hardware's. */
  readonly simulated: boolean;
  /** True where every worker process has a board of this name for itself, so that nobody has to wait for it. */
  readonly perWorker?: boolean | undefined;
}

/** Facts about a board that a session has found out. */
export interface BoardIdentity {
  readonly name: string;
  readonly chip: string;
  readonly simulated: boolean;
  /** The kernel's boot id: tells a reboot. */
  readonly bootId: string;
  /** Banner of the kernel, e.g. `Linux 4.4.194 aarch64`. */
  readonly kernel: string;
  /**
   * What is around the runtime, by name: `galcore` with its build, libraries with the SHA-256 of their files. Absent for
   * boards that are not asked.
   */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}
