import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{harness,runners,reports,specs,bench,scripts}/**/*.test.ts'],
    pool: 'forks',
    // Most of the time goes by waiting for servers, containers and processes: more workers than cores keep those busy.
    maxWorkers: Math.max(4, availableParallelism()),
    testTimeout: 20_000,
  },
});
