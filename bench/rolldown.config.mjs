import { defineConfig } from 'rolldown';
import build from '../rolldown.config.mjs';

// What is measured is bundled as what is shipped.
export default defineConfig({
  ...build,
  input: { run: 'bench/run.ts', 'lease-contender': 'bench/lease-contender.ts' },
  output: { dir: 'dist-bench', format: 'esm', cleanDir: true },
});
