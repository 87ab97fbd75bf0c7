import { defineConfig } from 'rolldown';

// The program starts twice for every run, in the main process and in each worker. From a few large files instead of some
// five hundred small ones it starts in half the time, so what is only JavaScript is bundled. Types are written by tsc.

/** Libraries with native parts, with files of their own, or that must exist once: imported, not bundled. */
const external = [
  /^node:/,
  /^vite(st)?(\/|$)/,
  /^(onnxruntime-node|sharp|ssh2|allure|better-sqlite3|pg|testcontainers|hil-harness)(\/|$)/,
];

export default defineConfig({
  input: {
    'harness/index': 'harness/index.ts',
    'harness/cli/main': 'harness/cli/main.ts',
    'harness/vitest/index': 'harness/vitest/index.ts',
    'harness/vitest/matchers': 'harness/vitest/matchers.ts',
    'harness/vitest/run-spec-file': 'harness/vitest/run-spec-file.ts',
  },
  platform: 'node',
  external,
  transform: { target: 'node20' },
  output: {
    dir: 'dist',
    format: 'esm',
    chunkFileNames: 'chunks/[name]-[hash].js',
    sourcemap: true,
    cleanDir: true,
  },
});
