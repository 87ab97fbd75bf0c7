import type { HilError } from '../hil-error.ts';

/** What is done about one kind of rig trouble before it becomes a verdict. */
export interface FaultPolicy {
  /** Further attempts on the same board. */
  readonly sameBoard: number;
  /** Whether another board that fits may take over then. */
  readonly otherBoard: boolean;
  /** Pause before the first repeat on the same board, in ms; it doubles each time. */
  readonly backOffMs: number;
  /** Switch the board off and on, if it has a power hook, before a last attempt on it. */
  readonly powerCycle: boolean;
  /** The link went away in the middle of work: look whether the board rebooted before anything is decided. */
  readonly checkBoot: boolean;
  /** Nobody uses the board again before a person has looked at it. */
  readonly quarantine: boolean;
  /** The board did not answer at all; many of these at once are one incident. */
  readonly unreachable: boolean;
  /** The case could not be tried because something above it is missing. */
  readonly precludes: boolean;
}

const none: FaultPolicy = {
  sameBoard: 0,
  otherBoard: false,
  backOffMs: 0,
  powerCycle: false,
  checkBoot: false,
  quarantine: false,
  unreachable: false,
  precludes: false,
};

const policy = (changes: Partial<FaultPolicy>): FaultPolicy => ({ ...none, ...changes });

const elsewhere = { otherBoard: true } as const;
/** For what a person has to put right: no attempt more on this board, by this case or by others. */
const forPerson = { quarantine: true } as const;
const gone = { otherBoard: true, unreachable: true } as const;
/** A crash is confirmed once; then the canary decides. */
const confirmOnce = { sameBoard: 1 } as const;

/** By error code; docs/faults.md shows this table to people. */
export const faultPolicies: Readonly<Record<string, FaultPolicy>> = {
  HIL_SSH_REFUSED: policy({ ...gone, sameBoard: 3, backOffMs: 1000 }),
  HIL_SSH_UNREACHABLE: policy({ ...gone, sameBoard: 2, backOffMs: 1000 }),
  HIL_SSH_NAME: policy({ ...gone, sameBoard: 3, backOffMs: 500 }),
  HIL_SSH_HANDSHAKE_TIMEOUT: policy({ ...gone, sameBoard: 2, powerCycle: true }),
  HIL_SSH_CLOSED_EARLY: policy({ ...gone, sameBoard: 5, backOffMs: 500 }),
  HIL_SSH_HOST_KEY_CHANGED: policy(forPerson),
  HIL_SSH_HOST_KEY_UNKNOWN: policy(forPerson),
  HIL_SSH_LOGIN: policy({ ...elsewhere, ...forPerson }),
  HIL_SSH_ALGORITHMS: policy(forPerson),
  HIL_SSH_LOST: policy({ ...elsewhere, sameBoard: 2, backOffMs: 200, checkBoot: true }),
  HIL_SSH_FROZEN: policy({ ...elsewhere, sameBoard: 2, backOffMs: 200, checkBoot: true }),
  HIL_SSH_STALLED: policy({ ...elsewhere, sameBoard: 1, checkBoot: true }),
  HIL_SSH_BEHIND_JUMP: policy({ ...gone, sameBoard: 3, backOffMs: 500 }),
  HIL_SSH_CONFIG: policy({ ...elsewhere, ...forPerson }),
  HIL_SSH_CORRUPT: policy({ ...elsewhere, sameBoard: 1 }),
  HIL_SSH_CHANNELS: policy({ sameBoard: 1, backOffMs: 500 }),
  HIL_SSH_FAILED: policy({ ...elsewhere, sameBoard: 1, backOffMs: 500 }),
  HIL_BOARD_REBOOTED: policy({ ...elsewhere, sameBoard: 1 }),
  HIL_BOARD_NOT_BACK: policy({ ...elsewhere, ...forPerson, unreachable: true }),
  HIL_BOARD_STUCK: policy({ ...elsewhere, ...forPerson, powerCycle: true }),
  HIL_BOARD_BUSY: policy(elsewhere),
  HIL_NPU_IN_USE: policy({ ...elsewhere, sameBoard: 3, backOffMs: 2000 }),
  HIL_BOARD_HOT: policy(elsewhere),
  HIL_BOARD_FENCED: policy({ ...elsewhere, sameBoard: 1, backOffMs: 500 }),
  HIL_BOARD_DISK_FULL: policy({ ...elsewhere, sameBoard: 1 }),
  HIL_BOARD_READ_ONLY: policy({ ...elsewhere, ...forPerson }),
  HIL_BOARD_NO_FOLDER: policy({ ...elsewhere, ...forPerson }),
  HIL_BOARD_PROBE: policy({ ...elsewhere, ...forPerson }),
  HIL_BOARD_DEPLOY: policy({ ...elsewhere, precludes: true }),
  HIL_SDK_INCOMPATIBLE: policy({ ...elsewhere, precludes: true }),
  HIL_BOARD_SDK: policy({ ...elsewhere, precludes: true }),
  HIL_BOARD_TIMEOUT: policy({ ...confirmOnce, powerCycle: true }),
  HIL_UPLOAD_DAMAGED: policy({ ...elsewhere, ...forPerson, sameBoard: 2 }),
  HIL_UPLOAD_FAILED: policy({ ...elsewhere, sameBoard: 1 }),
  HIL_NPU_HANG: policy({ ...confirmOnce, powerCycle: true }),
  HIL_RUNNER_GONE: policy(confirmOnce),
  HIL_RUNNER_SILENT: policy({ ...elsewhere, sameBoard: 1, powerCycle: true }),
  HIL_RUNNER_FRAME: policy({ ...elsewhere, sameBoard: 1 }),
  HIL_RUNNER_FILE: policy({ ...elsewhere, sameBoard: 1 }),
  HIL_RUNNER_HASH: policy({ ...elsewhere, ...forPerson }),
  HIL_RUNNER_LIBRARY: policy({ ...elsewhere, precludes: true }),
  HIL_PROTOCOL_CHECKSUM: policy({ ...elsewhere, sameBoard: 1 }),
  HIL_PROTOCOL_CUT: policy({ ...elsewhere, sameBoard: 1 }),
  HIL_CONTAINER_ENGINE: policy({ ...elsewhere, ...forPerson, precludes: true }),
  HIL_CONTAINER_IMAGE: policy({ ...elsewhere, ...forPerson, precludes: true }),
  HIL_NATIVE_FILE: policy({ ...elsewhere, ...forPerson, precludes: true }),
  HIL_VENDOR_DEVICE_UNAVAILABLE: policy({ ...elsewhere, ...forPerson, powerCycle: true }),
  HIL_VENDOR_DEVICE_UNMATCH: policy({ ...elsewhere, precludes: true }),
  HIL_VENDOR_MALLOC_FAIL: policy({ ...elsewhere, sameBoard: 1 }),
};

/** What is done about an error that the table does not name, by its own advice. */
const byAdvice = {
  never: none,
  'same-board': policy({ ...elsewhere, sameBoard: 2 }),
  'other-board': policy(elsewhere),
} as const;

/** The policy for an error. Who cannot tell network from board confirms once, and leaves the rest to the canary. */
export function policyFor({ code, owner, retry }: Pick<HilError, 'code' | 'owner' | 'retry'>): FaultPolicy {
  const unnamed = owner === 'undecided' && retry !== 'never' ? policy(confirmOnce) : byAdvice[retry];
  return faultPolicies[code] ?? unnamed;
}
