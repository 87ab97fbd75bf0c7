// `npm run docs`. Node 20 does not run TypeScript; Vite does.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const { module } = await runnerImport(fileURLToPath(new URL('write-spec-reference.ts', import.meta.url)));
await module.writeGeneratedFiles();
