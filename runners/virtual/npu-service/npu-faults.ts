import type { VendorCall } from './vendor-calls.ts';

/** What goes wrong in the vendor's library, call by call: for tests, and for showing how the harness takes it. */
export type NpuFaults = { readonly [Call in VendorCall]?: NpuFault } & {
  /** Versions that are answered and printed instead of the right ones. */
  readonly version?: { readonly api?: string; readonly driver?: string };
};

export type NpuFault = {
  /** How often, then all is well again; always if absent. */
  readonly times?: number;
} & (
  | /** The call does nothing and returns this; `print` comes on its standard output before. */
    {
      readonly kind: 'status';
      readonly status: number;
      readonly print?: string;
    }
    /** The call takes this much longer. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** As an NPU that hangs and is reset by its driver: the run takes this long, returns 0, and all outputs are 0. */
  | {
      readonly kind: 'hang';
      /** What the runtime reports as the run's duration. */
      readonly ms: number;
      /** How long the call really takes, for tests that have no time; as `ms` if absent. */
      readonly waitMs?: number;
    }
  /** The call never returns. */
  | { readonly kind: 'never' }
  /** The process gets this signal inside the call. */
  | { readonly kind: 'die'; readonly signal: FatalSignal }
  /** The call prints before it goes on: `count` times, without end if absent. */
  | { readonly kind: 'print'; readonly text: string; readonly count?: number; readonly everyMs?: number }
  /** The library takes this much memory and touches it; with less to be had, the call returns -4 or the kernel kills. */
  | { readonly kind: 'allocate'; readonly bytes: number }
  /** What a run gives: NaN wherever the type has one, zeros, or only the first half of each output. */
  | { readonly kind: 'outputs'; readonly spoilt: SpoiltOutputs }
  /** The NPU is gone: the connection breaks instead of an answer. */
  | { readonly kind: 'disconnect' }
);

export type SpoiltOutputs = 'nan' | 'zero' | 'half';

/** Numbers of signals as on every Linux that a board runs. */
export const fatalSignals = { ILL: 4, ABRT: 6, BUS: 7, FPE: 8, KILL: 9, SEGV: 11, TERM: 15 } as const;
export type FatalSignal = keyof typeof fatalSignals;
