// Writes the outputs and pictures of docs/from-a-wrong-softmax-to-the-cause.md anew; `npm run build` first. Node 20 does
// not run TypeScript; Vite does.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const { module } = await runnerImport(
  fileURLToPath(new URL('wrong-softmax/write-walk-through.ts', import.meta.url)),
);
await module.writeWalkThrough();
