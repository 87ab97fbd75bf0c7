import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import type { CredentialConfig } from '../../../harness/project/ssh-board-config.ts';
import type { SshCredential } from '../ssh-address.ts';
import { type ConfigContext, resolvePath } from './config-context.ts';
import { hideFields } from './hidden.ts';
import { BoardEntryError } from './inventory-error.ts';
import { readPrivateFile } from './private-file.ts';
import { readSecret } from './read-secret.ts';

/** Keys that the OpenSSH client tries where nothing is configured. */
const usualKeys = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/**
 * The ways to log in that an entry of the config asks for; without any, what the OpenSSH client would do: the
 * IdentityFiles of ~/.ssh/config or the usual keys, then the agent. Secrets stay out of everything that is printed.
 *
 * @throws {BoardEntryError} If a key or a secret cannot be used.
 */
export function loadCredentials(
  board: string,
  configured: readonly CredentialConfig[] | undefined,
  identityFiles: readonly string[],
  context: ConfigContext,
): SshCredential[] {
  if (configured) return configured.map((credential) => loadCredential(board, credential, context));
  const files =
    identityFiles.length > 0 ? identityFiles : usualKeys.map((name) => join(context.home, '.ssh', name));
  const agent = context.env['SSH_AUTH_SOCK'];
  const found = [
    ...files.filter((file) => existsSync(file)).flatMap((file) => loadUsualKey(board, file)),
    ...(agent ? [{ kind: 'agent' as const, socket: agent }] : []),
  ];
  if (found.length > 0) return found;
  throw new BoardEntryError(
    board,
    'there is no way to log in: no key of yours can be used, and no SSH agent runs',
    {
      hint: 'Name one under credentials in hil.config.yaml, e.g. credentials: [{ key: ~/.ssh/id_ed25519 }].',
    },
  );
}

function loadCredential(board: string, credential: CredentialConfig, context: ConfigContext): SshCredential {
  if ('agent' in credential) {
    const socket = context.env['SSH_AUTH_SOCK'];
    if (socket) return { kind: 'agent', socket };
    throw new BoardEntryError(board, 'credentials ask for the SSH agent, but SSH_AUTH_SOCK is not set', {
      hint: 'Start one (eval "$(ssh-agent)", then ssh-add), or name a key file instead.',
    });
  }
  if ('password' in credential) {
    const password = readSecret(board, 'the password', credential.password, context);
    return hideFields({ kind: 'password', password }, 'password');
  }
  const path = resolvePath(credential.key, context);
  const passphrase =
    credential.passphrase && readSecret(board, 'the passphrase of the key', credential.passphrase, context);
  const privateKey = readPrivateFile(board, 'the key', path);
  checkKey(board, path, privateKey, passphrase);
  return hideFields({ kind: 'key', privateKey, passphrase }, 'privateKey', 'passphrase');
}

/** A key that nobody asked for in particular is passed over where it needs a passphrase: the agent may hold it. */
function loadUsualKey(board: string, path: string): SshCredential[] {
  const privateKey = readPrivateFile(board, 'the key', path);
  if (ssh2.utils.parseKey(privateKey) instanceof Error) return [];
  return [hideFields({ kind: 'key', privateKey }, 'privateKey')];
}

function checkKey(board: string, path: string, privateKey: string, passphrase: string | undefined): void {
  const parsed = ssh2.utils.parseKey(privateKey, passphrase);
  if (!(parsed instanceof Error)) return;
  const encrypted = /encrypted|passphrase|integrity/i.test(parsed.message);
  if (encrypted && passphrase === undefined) {
    throw new BoardEntryError(board, `the key ${path} is encrypted, and the entry names no passphrase`, {
      hint: 'Add where it is, e.g. passphrase: { env: BOARD_KEY_PASSPHRASE }, or load the key into an SSH agent and use { agent: true }.',
    });
  }
  if (passphrase !== undefined) {
    throw new BoardEntryError(board, `the key ${path} does not open with the passphrase that was given`, {
      hint: 'Check the passphrase: ssh-keygen -y -f <key> asks for it.',
    });
  }
  throw new BoardEntryError(board, `the key ${path} cannot be read as a private key: ${parsed.message}`, {
    hint: 'Name the private half (without .pub), in OpenSSH or PEM form.',
  });
}
