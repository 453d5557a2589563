import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real sockets and an embedded database: generous on a loaded machine, never reached on an idle one.
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
