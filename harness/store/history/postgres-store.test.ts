import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openPostgres, withoutPassword } from './postgres-database.ts';
import { openRecordStore } from './open-record-store.ts';
import { type PostgresServer, postgresPrograms, startPostgres } from './postgres-server.ts';
import { describeRecordStore } from './record-store-contract.ts';
import { sql } from 'kysely';

const programs = postgresPrograms();
if (programs === undefined && process.env['HIL_REQUIRE_ALL']) {
  throw new Error('HIL_REQUIRE_ALL is set, and this machine lacks the programs of a PostgreSQL server');
}

describe.skipIf(programs === undefined)(
  'with a server of PostgreSQL (skipped where its programs are not installed)',
  () => {
    let server: PostgresServer;
    let databases = 0;

    beforeAll(async () => {
      server = await startPostgres(programs!);
    }, 120_000);
    afterAll(() => server?.[Symbol.asyncDispose](), 60_000);

    async function emptyDatabase(): Promise<string> {
      const name = `hil_${++databases}`;
      await using database = await openPostgres(server.url);
      await sql`create database ${sql.id(name)}`.execute(database.db);
      return server.url.replace(/postgres$/, name);
    }

    describeRecordStore('PostgreSQL', async () => {
      const url = await emptyDatabase();
      return { open: () => openRecordStore(url, '/') };
    });

    test('says that the server is gone, and works on when it is back', async () => {
      const url = await emptyDatabase();
      const store = await openRecordStore(url, '/');
      onTestFinished(() => store[Symbol.asyncDispose]());

      await server.kill();
      await expect(openRecordStore(url, '/')).rejects.toMatchObject({
        code: 'HIL_STORE_POSTGRES',
        owner: 'lab',
        message: expect.stringContaining('ECONNREFUSED') as string,
      });
      await server.start();

      expect(await store.listRuns(1)).toEqual([]);
    }, 60_000);
  },
);

test('shows where a server is without its password', () => {
  expect(withoutPassword('postgres://anna:secret@db.example:5433/hil?password=secret')).toBe(
    'postgres://anna@db.example:5433/hil',
  );
});
