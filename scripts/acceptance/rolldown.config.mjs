import { defineConfig } from 'rolldown';
import build from '../../rolldown.config.mjs';

export default defineConfig({
  ...build,
  input: { 'validate-acceptance': 'scripts/acceptance/validate-acceptance.ts' },
  output: { dir: 'dist-bench/acceptance', format: 'esm', cleanDir: true },
});
