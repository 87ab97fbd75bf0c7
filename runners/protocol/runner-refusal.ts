import { type ErrorOwner, HilError, type RetryAdvice } from '../../harness/hil-error.ts';
import { protocolVersions, type ErrorReply, type RunnerErrorCode } from './messages.ts';
import { ProtocolVersionError } from './protocol-error.ts';
import { VendorStatusError } from './vendor-status.ts';

interface Refusal {
  readonly owner: ErrorOwner;
  readonly retry: RetryAdvice;
  readonly hint: string;
}

const bug: Refusal = {
  owner: 'harness',
  retry: 'never',
  hint: 'Check that runner and harness come from the same release; if they do, this is a bug: please report it with the board’s log.',
};

const refusals: { readonly [Code in RunnerErrorCode]: Refusal } = {
  frame: {
    owner: 'lab',
    retry: 'same-board',
    hint: 'The link to the board damages data: run again, then check cable and network.',
  },
  request: bug,
  version: bug,
  limit: {
    owner: 'spec',
    retry: 'never',
    hint: 'The inputs or outputs are larger than the device runner accepts in one frame: use a smaller batch.',
  },
  library: {
    owner: 'lab',
    retry: 'other-board',
    hint: 'Install the driver package of this SDK on the board, and check its path in the inventory.',
  },
  file: {
    owner: 'lab',
    retry: 'same-board',
    hint: 'Somebody removes files from the board’s work folder: run again, and keep the folder to the harness.',
  },
  hash: {
    owner: 'lab',
    retry: 'other-board',
    hint: 'The board’s storage does not keep what was written to it: check it before you trust any result.',
  },
  model: bug,
  vendor: bug,
  internal: bug,
};

/** The device runner refused a request, for a reason of its own. */
export class RunnerRefusalError extends HilError {
  readonly code: `HIL_RUNNER_${string}`;
  readonly owner: ErrorOwner;
  override readonly retry: RetryAdvice;
  readonly reason: RunnerErrorCode;

  constructor(request: string, reason: RunnerErrorCode, message: string) {
    const { owner, retry, hint } = refusals[reason];
    super(`the device runner refused ${request}: ${message}`, { hint });
    this.code = `HIL_RUNNER_${reason.toUpperCase()}`;
    this.owner = owner;
    this.retry = retry;
    this.reason = reason;
  }
}

/**
 * The error that an error message of the runner stands for.
 *
 * @param log - What the board printed since the request, for vendor failures.
 */
export function errorFromReply(request: string, reply: ErrorReply, log: string): HilError {
  if (reply.vendor) return new VendorStatusError(reply.vendor.call, reply.vendor.status, log);
  if (reply.code === 'version') {
    return new ProtocolVersionError(versionText(reply.versions), versionText(protocolVersions));
  }
  return new RunnerRefusalError(request, reply.code, reply.message);
}

const versionText = (range: { min: number; max: number } | undefined): string =>
  range === undefined
    ? 'an unknown version'
    : range.min === range.max
      ? `version ${range.min}`
      : `versions ${range.min} to ${range.max}`;
