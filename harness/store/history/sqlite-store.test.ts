import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { openRecordStore } from './open-record-store.ts';
import { openSqlite } from './sqlite-database.ts';
import { describeRecordStore } from './record-store-contract.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hil-history-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describeRecordStore('SQLite', () => {
  const folder = temporaryFolder();
  return Promise.resolve({ open: () => openRecordStore('sqlite:deep/history.sqlite', folder) });
});

test('makes the file and its folder, relative to the project', async () => {
  const folder = temporaryFolder();

  await using store = await openRecordStore('.hil/history.sqlite', folder);

  expect(store.place).toBe(join(folder, '.hil/history.sqlite'));
  expect(existsSync(store.place)).toBe(true);
});

test('refuses a history that a newer harness has written', async () => {
  const path = join(temporaryFolder(), 'history.sqlite');
  await (await openRecordStore(path, '/'))[Symbol.asyncDispose]();
  const database = await openSqlite(path);
  await sql`update hil_layout set version = 99`.execute(database.db);
  await database[Symbol.asyncDispose]();

  await expect(openRecordStore(path, '/')).rejects.toMatchObject({
    code: 'HIL_STORE_TOO_NEW',
    message: expect.stringContaining('has the layout 99, this harness knows up to 1') as string,
  });
});

test('refuses an address of another kind', async () => {
  await expect(openRecordStore('mysql://host/db', '/')).rejects.toThrow(
    'history: found mysql:…, expected postgres://…, sqlite:<file> or a path',
  );
});

test('says that a file is no database', async () => {
  const path = join(temporaryFolder(), 'notes.txt');
  writeFileSync(path, 'this is text, and more of it than a header of SQLite has: '.repeat(40));

  await expect(openRecordStore(path, '/')).rejects.toMatchObject({
    code: 'HIL_STORE_FILE',
    owner: 'lab',
    message: expect.stringContaining('file is not a database') as string,
  });
});
