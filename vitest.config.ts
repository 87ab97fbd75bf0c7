import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{harness,runners,reports,specs,bench,scripts}/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 20_000,
  },
});
