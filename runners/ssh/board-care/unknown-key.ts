import { connect, type ConnectOptions } from '../connect.ts';
import type { SshAddress, SshEndpoint } from '../ssh-address.ts';
import { SshError } from '../ssh-error.ts';

/** A machine on the way to a board whose host key is not pinned, or another than the pinned one. */
export interface UnknownKey {
  /** The board itself, or a jump host before it. */
  readonly endpoint: SshEndpoint;
  /** What it shows. */
  readonly found: string;
  /** What is on record. */
  readonly pinned: readonly string[];
}

/**
 * Goes to a board until a machine on the way shows a key that is not pinned. Nothing is sent to that machine.
 *
 * @returns undefined if every key is pinned, whether or not the login then succeeds.
 * @throws {SshError} If a machine cannot be reached at all.
 */
export async function findUnknownKey(
  address: SshAddress,
  options: Omit<ConnectOptions, 'onHostKey'>,
): Promise<UnknownKey | undefined> {
  let last: { endpoint: SshEndpoint; fingerprint: string } | undefined;
  try {
    await using _connection = await connect(address, {
      ...options,
      onHostKey: (endpoint, fingerprint) => {
        last = { endpoint, fingerprint };
      },
    });
    return undefined;
  } catch (error) {
    if (error instanceof SshError && last) {
      const { endpoint, fingerprint } = last;
      if (/HOST_KEY/.test(error.code)) return { endpoint, found: fingerprint, pinned: endpoint.hostKeys };
      // The board's own key was accepted; that the login failed is another matter.
      if (error.code === 'HIL_SSH_LOGIN' && endpoint.name === address.name) return undefined;
    }
    throw error;
  }
}
