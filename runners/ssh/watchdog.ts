import type { Cancellable } from '../../harness/cancellable.ts';
import type { SshConnection } from './ssh-connection.ts';
import { SshError } from './ssh-error.ts';

/** Answers to keepalives prove that the server lives, not that anything moves. */
const patienceMs = 30_000;

/**
 * Runs an upload, and gives it up when nothing has moved for 30 seconds.
 *
 * @param work - Tells by `tell` how many bytes are done.
 * @throws {SshError} `HIL_SSH_STALLED`.
 */
export async function withWatchdog<T>(
  { endpoint }: SshConnection,
  {
    signal,
    onSent,
    stallMs = patienceMs,
  }: Cancellable & { onSent: (bytes: number) => void; stallMs?: number },
  work: (watched: { readonly signal: AbortSignal; readonly tell: (bytes: number) => void }) => Promise<T>,
): Promise<T> {
  const stalled = new AbortController();
  let done = 0;
  const bark = (): void =>
    stalled.abort(
      new SshError(endpoint, 'stalled', `nothing moved for ${stallMs / 1000} s after ${done} bytes`),
    );
  let timer = setTimeout(bark, stallMs);
  try {
    return await work({
      signal: signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal,
      tell(bytes) {
        done = bytes;
        clearTimeout(timer);
        timer = setTimeout(bark, stallMs);
        onSent(bytes);
      },
    });
  } finally {
    clearTimeout(timer);
  }
}
