import type { SshBoardConfig } from '../../../harness/project/config.ts';
import type { AlgorithmsConfig, HopConfig } from '../../../harness/project/ssh-board-config.ts';
import { legacyAlgorithms } from '../algorithms.ts';
import type { SshAddress, SshAlgorithms, SshEndpoint } from '../ssh-address.ts';
import type { ConfigContext } from './config-context.ts';
import { BoardEntryError } from './inventory-error.ts';
import { readKnownBoards } from './known-boards.ts';
import { loadCredentials } from './load-credentials.ts';
import { type HostSettings, readOpensshConfig } from './openssh-config.ts';

/** The fields that boards and jump hosts have in common. */
type Entry = Omit<HopConfig, 'hostKeys'> & { readonly hostKeys?: readonly string[] };

/** How a hop is called in hil.known-boards.yaml. */
export const pinNameOf = ({ host, port }: Pick<SshEndpoint, 'host' | 'port'>): string => `${host}:${port}`;

/**
 * How a board is reached: its entry in hil.config.yaml, completed by ~/.ssh/config and hil.known-boards.yaml. What the
 * entry says wins. Secrets are read now and are in no field that is printed.
 *
 * @throws {BoardEntryError} If a key or a secret cannot be used.
 */
export function addressOf(board: SshBoardConfig, context: ConfigContext): SshAddress {
  const settingsOf = readOpensshConfig(context.home);
  const known = readKnownBoards(context.root);
  const settings = settingsOf(board.host);
  const endpoint = endpointOf(board.name, board.name, board, settings, context);
  const hops = board.jump ?? settings.proxyJump.map(parseJump);
  const jump = hops.map((hop): SshEndpoint => {
    const entry = typeof hop === 'string' ? parseJump(hop) : hop;
    const hopSettings = settingsOf(entry.host);
    if (hopSettings.proxyJump.length > 0) {
      throw new BoardEntryError(
        board.name,
        `the jump host ${entry.host} has a ProxyJump of its own in ~/.ssh/config`,
        { hint: 'List all hosts of the way under jump in hil.config.yaml, nearest to here first.' },
      );
    }
    const found = endpointOf(
      `${board.name}: jump host ${entry.host}`,
      board.name,
      entry,
      hopSettings,
      context,
    );
    return { ...found, hostKeys: [...found.hostKeys, ...(known.jump[pinNameOf(found)] ?? [])] };
  });
  return {
    ...endpoint,
    hostKeys: [...endpoint.hostKeys, ...(known.boards[board.name] ?? [])],
    workFolder: board.workFolder,
    jump,
  };
}

function endpointOf(
  name: string,
  board: string,
  { host, port, user, credentials, hostKeys = [], algorithms }: Entry,
  settings: HostSettings,
  context: ConfigContext,
): SshEndpoint {
  return {
    name,
    host: settings.hostName ?? host,
    port: port ?? settings.port ?? 22,
    user: user ?? settings.user ?? 'root',
    hostKeys,
    credentials: loadCredentials(board, credentials, settings.identityFiles, context),
    oldAlgorithms: algorithms && oldAlgorithmsOf(algorithms),
  };
}

function oldAlgorithmsOf({ legacy, ...named }: AlgorithmsConfig): SshAlgorithms {
  if (!legacy) return named;
  return {
    kex: [...legacyAlgorithms.kex, ...(named.kex ?? [])],
    serverHostKey: [...legacyAlgorithms.serverHostKey, ...(named.serverHostKey ?? [])],
    cipher: [...legacyAlgorithms.cipher, ...(named.cipher ?? [])],
    hmac: named.hmac,
  };
}

/** `[user@]host[:port]`, as in ProxyJump. */
function parseJump(text: string): Entry {
  const [, user, host = text, port] = /^(?:([^@]+)@)?(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(text) ?? [];
  return {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    user,
    port: port === undefined ? undefined : Number(port),
  };
}
