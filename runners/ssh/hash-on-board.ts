import { createHash } from 'node:crypto';
import type { Cancellable } from '../../harness/cancellable.ts';
import { exec } from './exec.ts';
import { quote } from './quote.ts';
import type { SshConnection } from './ssh-connection.ts';

/** Programs that hash, strong before weak; a weak one still tells damage, if not malice. */
const programs = [
  { algorithm: 'sha256', command: 'sha256sum', digits: 64 },
  { algorithm: 'sha256', command: 'openssl dgst -sha256', digits: 64 },
  { algorithm: 'sha1', command: 'sha1sum', digits: 40 },
  { algorithm: 'md5', command: 'md5sum', digits: 32 },
] as const;

/** From so many bytes on, openssl is asked first: it uses the processor's own instructions, and starts slowly. */
const largeBytes = 4 * 1024 * 1024;
const [sha256sum, openssl, ...weak] = programs;

/** How a file on the board was found to be what it should be. */
export interface ContentCheck {
  readonly same: boolean;
  /** What was found, for messages: `sha256 ab12…`. */
  readonly found: string;
}

/**
 * Compares a file on the board with bytes here, by the best hash that the board can compute; without any, the file is
 * read back and hashed here.
 */
export async function checkContent(
  connection: SshConnection,
  path: string,
  content: { readonly sha256: string; readonly bytes: Uint8Array },
  options: Cancellable,
): Promise<ContentCheck> {
  const strong = content.bytes.length >= largeBytes ? [openssl, sha256sum] : [sha256sum, openssl];
  const tries = [...strong, ...weak]
    .map(({ command }) => `${command} ${quote(path)} 2>/dev/null`)
    .join(' || ');
  const { stdout } = await exec(connection, tries, options);
  // sha256sum puts the digest first, openssl last.
  const line = stdout.toString('latin1').trim();
  const digest = (/^\\?([0-9a-f]{32,64})\s/.exec(line) ?? /= ?([0-9a-f]{64})$/.exec(line))?.[1];
  const program = programs.find(({ digits }) => digits === digest?.length);
  if (program && digest !== undefined) {
    const { algorithm } = program;
    const expected =
      algorithm === 'sha256' ? content.sha256 : createHash(algorithm).update(content.bytes).digest('hex');
    return { same: digest === expected, found: `${algorithm} ${digest}` };
  }
  const copy = await exec(connection, `cat ${quote(path)}`, { ...options, maxBytes: Infinity });
  const found = createHash('sha256').update(copy.stdout).digest('hex');
  return { same: found === content.sha256, found: `sha256 ${found}` };
}
