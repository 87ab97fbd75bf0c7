import type { SecretSource } from '../../../harness/project/ssh-board-config.ts';
import { type ConfigContext, resolvePath } from './config-context.ts';
import { BoardEntryError } from './inventory-error.ts';
import { readPrivateFile } from './private-file.ts';

/**
 * A secret from where the config says it is.
 *
 * @param what - What it is, for errors, which never repeat it: `the password`.
 * @throws {BoardEntryError} If it is not there.
 */
export function readSecret(
  board: string,
  what: string,
  source: SecretSource,
  context: ConfigContext,
): string {
  if ('env' in source) {
    const value = context.env[source.env];
    if (value) return value;
    throw new BoardEntryError(
      board,
      `${what} is to come from the environment variable ${source.env}, which is not set`,
      {
        hint: `Set ${source.env} where hil runs; in CI, from its store of secrets.`,
      },
    );
  }
  const path = resolvePath(source.file, context);
  const [line = ''] = readPrivateFile(board, `the file of ${what}`, path).split(/\r?\n/);
  if (line !== '') return line;
  throw new BoardEntryError(board, `${what} is to come from the file ${path}, whose first line is empty`, {
    hint: 'Write it into the first line of the file.',
  });
}
