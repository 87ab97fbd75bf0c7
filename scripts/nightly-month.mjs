// The demonstration of docs/demonstration.md; `npm run build` first. Node 20 does not run TypeScript; Vite does.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const { module } = await runnerImport(
  fileURLToPath(new URL('nightly-month/nightly-month.ts', import.meta.url)),
);
await module.demonstrate(process.argv.slice(2));
