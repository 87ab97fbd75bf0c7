/** One way in which a rig can break, and what becomes of it. docs/faults.md shows this table to people. */
export interface RigFault {
  readonly number: number;
  readonly title: string;
  /** Codes that it is told under; none where it is no error, or becomes a verdict on the network. */
  readonly codes: readonly `HIL_${string}`[];
  readonly verdict: string;
  /** What is behind it, and what the harness does beyond the policy of the code. */
  readonly meaning: string;
  readonly toDo: string;
  /** How it is provoked in the tests; undefined where it is not. */
  readonly provoked?: string;
  /** Where that is; `fault <number>` in runners/faults by default. */
  readonly test?: { readonly file: string; readonly name: string };
}

// Verdicts, as the table words them.
export const infra = 'broken, infra';
export const precluded = 'broken, precluded';
export const runtime = 'failed, runtime, if the canary passes; else broken, infra';
export const precision = 'failed, precision';
export const noFault = 'no fault';

// Means that several faults are provoked by.
export const overProxy = 'a real sshd behind a TCP proxy that misbehaves';
export const standIn = 'the native runner behind a real sshd, with the stand-in vendor library told to do so';
export const mounts = 'a real SSH server in a mount namespace of its own';
export const wrapper = 'a real dropbear whose board has a program replaced by a script';
export const realSshd = 'a real sshd';
