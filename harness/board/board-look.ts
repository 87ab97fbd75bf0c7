/** What a look at a board over its shell has shown. What could not be read is undefined or empty. */
export interface BoardLook {
  /** How the SSH server introduces itself. */
  readonly server: string;
  readonly uname: string;
  readonly uptimeSeconds: number | undefined;
  /** The kernel's word for the machine and its chip, from the device tree, e.g. `rockchip,rk1808`. */
  readonly compatible: readonly string[];
  readonly memory: { readonly totalKiB: number; readonly availableKiB: number } | undefined;
  readonly workFolder: string;
  /** Why another folder than the configured one is used. */
  readonly notes: readonly string[];
  readonly disk:
    | { readonly totalKiB: number; readonly freeKiB: number; readonly freeInodes: number | undefined }
    | undefined;
  /** Seconds that the board's clock is ahead of ours. */
  readonly clockAheadSeconds: number | undefined;
  readonly galcore: {
    readonly loaded: boolean;
    /** `/dev/galcore` is there. */
    readonly node: boolean;
    /** From the kernel's log, which may have wrapped. */
    readonly version: string | undefined;
  };
  /** Vendor libraries and what they say of themselves. */
  readonly libraries: readonly { readonly path: string; readonly says: string }[];
  readonly npuClock: ClockLook | undefined;
  readonly cpuClock: ClockLook | undefined;
  /** Of each sensor, in °C. */
  readonly temperatures: readonly { readonly sensor: string; readonly celsius: number }[];
  /** Processes that hold the NPU's device node. */
  readonly npuUsers: readonly BoardProcessLook[];
  /** Device runners of ours. */
  readonly ourProcesses: readonly BoardProcessLook[];
  /** What dead uploads left in our cache. */
  readonly leftovers: readonly string[];
  readonly cacheKiB: number | undefined;
}

export interface ClockLook {
  readonly governor: string;
  readonly currentHz: number | undefined;
  readonly maximumHz: number | undefined;
}

export interface BoardProcessLook {
  readonly pid: number;
  readonly command: string;
}

/** One line of `hil board check`. */
export interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}
