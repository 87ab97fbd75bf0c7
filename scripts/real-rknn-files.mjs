// node scripts/real-rknn-files.mjs: computes the tables of docs/real-rknn-files.md anew. Needs ../shared/data.
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import build from '../rolldown.config.mjs';

const dir = fileURLToPath(new URL('../dist-bench/real-rknn-files', import.meta.url));
const bundle = await rolldown({
  ...build,
  input: { 'write-tables': fileURLToPath(new URL('real-rknn-files/write-tables.ts', import.meta.url)) },
});
await bundle.write({ dir, format: 'esm' });
const { writeTables } = await import(`${dir}/write-tables.js`);
await writeTables();
