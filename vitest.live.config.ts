import { defineConfig } from 'vitest/config';

/** Tests against real programs, by `npm run live` alone, which starts what they share and says which are wanted. */
export default defineConfig({
  test: {
    include: ['test/live/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 900_000,
    globalSetup: ['test/support/global-postgres.ts'],
    fileParallelism: false,
  },
});
