import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const folders = '{harness,runners,reports,specs,bench,scripts}';

/** Tests that start programs, servers and whole runs, or that look at a fresh process: each file in one of its own. */
const alone = [
  'harness/cli/e2e/**/*.test.ts',
  'harness/vitest/**/*.test.ts',
  'harness/reference/onnx-runtime-engine.test.ts',
  'runners/{command,faults,native}/**/*.test.ts',
  'runners/ssh/**/*.test.ts',
  'runners/virtual/container/**/*.test.ts',
  'runners/*.test.ts',
  '{specs,bench,scripts}/**/*.test.ts',
];

export default defineConfig({
  test: {
    pool: 'forks',
    // Much of the time goes by waiting for servers, containers and processes: more workers than cores keep those busy.
    maxWorkers: Math.max(4, availableParallelism()),
    testTimeout: 20_000,
    projects: [
      { extends: true, test: { name: 'alone', include: alone } },
      {
        extends: true,
        test: {
          name: 'together',
          include: [`${folders}/**/*.test.ts`],
          exclude: alone,
          // Their files share workers, and so what they import: most of a small file's time is its imports.
          isolate: false,
        },
      },
    ],
  },
});
