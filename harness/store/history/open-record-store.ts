import { resolve } from 'node:path';
import { HilError } from '../../hil-error.ts';
import { openPostgres } from './postgres-database.ts';
import type { RecordStore } from './record-store.ts';
import { openSqlite } from './sqlite-database.ts';
import { SqlRecordStore } from './sql-record-store.ts';

/** The config names a history in a way that nobody understands. */
export class StoreUrlError extends HilError {
  readonly code = 'HIL_STORE_URL';
  readonly owner = 'spec';
}

/**
 * Opens the history.
 *
 * @param url - `postgres://…`, `sqlite:<file>` or the path of a file.
 * @param base - Folder that a relative path starts from.
 * @throws {StoreUrlError} If it is neither.
 */
export async function openRecordStore(url: string, base: string): Promise<RecordStore> {
  if (/^postgres(?:ql)?:\/\//.test(url)) return SqlRecordStore.on(await openPostgres(url));
  if (url.startsWith('sqlite:')) return SqlRecordStore.on(await openSqlite(fileOf(url.slice(7), base)));
  if (/^[a-z][a-z\d+.-]+:/i.test(url)) {
    throw new StoreUrlError(
      `history: found ${/^[^:]*/.exec(url)![0]}:…, expected postgres://…, sqlite:<file> or a path`,
      {
        hint: 'Correct `history` in hil.config.yaml.',
      },
    );
  }
  return SqlRecordStore.on(await openSqlite(fileOf(url, base)));
}

const fileOf = (path: string, base: string) => (path === ':memory:' ? path : resolve(base, path));
