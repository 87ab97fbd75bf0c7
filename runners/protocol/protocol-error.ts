import { HilError, type RetryAdvice } from '../../harness/hil-error.ts';

/** Bytes that are no frame arrived where a frame should start. */
export class FrameGarbageError extends HilError {
  readonly code = 'HIL_PROTOCOL_GARBAGE';
  readonly owner = 'lab';

  constructor(bytes: Uint8Array) {
    super(`expected a frame of the device runner, found: ${readable(bytes)}`, {
      hint: 'Something else prints on the standard output of the runner’s command: look for a login script that prints, or a missing runner.',
    });
  }
}

/** A frame's checksum does not fit its bytes. */
export class FrameCorruptError extends HilError {
  readonly code = 'HIL_PROTOCOL_CHECKSUM';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'same-board';

  constructor(found: number, expected: number) {
    super(`a frame arrived damaged: its bytes have CRC-32 ${hex(found)}, its header says ${hex(expected)}`, {
      hint: 'Something printed into the middle of a frame or the link is bad: run again, then check cable and network.',
    });
  }
}

/** A frame announces more bytes than this end accepts. */
export class FrameTooLargeError extends HilError {
  readonly code = 'HIL_PROTOCOL_TOO_LARGE';
  readonly owner = 'lab';

  constructor(part: 'head' | 'payload', bytes: number, limit: number) {
    super(`a frame announces a ${part} of ${bytes} bytes, the limit is ${limit}`, {
      hint: 'Check that runner and harness come from the same release; tensors of this size cannot be sent in one frame.',
    });
  }
}

/** The stream ended inside a frame. */
export class FrameCutError extends HilError {
  readonly code = 'HIL_PROTOCOL_CUT';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'same-board';

  constructor(bytes: number) {
    super(`the device runner’s output ended in the middle of a frame, after ${bytes} bytes of it`, {
      hint: 'The runner ended or the connection broke: read the log of the board, then run again.',
    });
  }
}

/** A frame is intact but says something that the protocol does not know. */
export class MessageError extends HilError {
  readonly code = 'HIL_PROTOCOL_MESSAGE';
  readonly owner = 'lab';

  constructor(problem: string, cause?: unknown) {
    super(`the other end broke the session protocol: ${problem}`, {
      hint: 'Check that runner and harness come from the same release (docs/protocol.md is the specification).',
      cause,
    });
  }
}

/** Runner and harness have no protocol version in common. */
export class ProtocolVersionError extends HilError {
  readonly code = 'HIL_PROTOCOL_VERSION';
  readonly owner = 'lab';

  constructor(found: string, expected: string) {
    super(`the device runner speaks ${found} of the session protocol, the harness ${expected}`, {
      hint: 'Install the device runner that belongs to this harness on the board.',
    });
  }
}

/** No answer came in time. */
export class RunnerSilentError extends HilError {
  readonly code = 'HIL_RUNNER_SILENT';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'same-board';

  constructor(request: string, timeoutMs: number) {
    super(`the device runner did not answer ${request} within ${timeoutMs} ms`, {
      hint: 'The board is overloaded or the vendor library hangs while it is opened: look for other users of the NPU, then reboot the board.',
    });
  }
}

/** The stream to the device runner ended though nobody asked for it. */
export class RunnerGoneError extends HilError {
  readonly code = 'HIL_RUNNER_GONE';
  readonly owner = 'undecided';
  override readonly retry: RetryAdvice = 'same-board';

  constructor(how: string, options: { hint?: string; cause?: unknown } = {}) {
    super(`the device runner is gone: ${how}`, {
      hint:
        options.hint ?? 'Read the log of the board; then run again, and try a model that is known to work.',
      ...('cause' in options ? { cause: options.cause } : {}),
    });
  }
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

const shownBytes = 160;

/** Bytes as a person can read them: printable ASCII as it is, the rest as escapes, long ones cut. */
export function readable(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes.subarray(0, shownBytes)) text += readableByte(byte);
  return `"${text}"${bytes.length > shownBytes ? ` and ${bytes.length - shownBytes} more bytes` : ''}`;
}

function readableByte(byte: number): string {
  if (byte === 0x0a) return '\\n';
  if (byte === 0x0d) return '\\r';
  if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
}
