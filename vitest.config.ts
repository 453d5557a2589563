import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/bundle.ts',
    // By default one processor is left idle, which on a machine of two is half of it.
    maxWorkers: '100%',
    // One process per core instead of one per file: no test changes what another one could see, and a quarter of the CPU
    // went into loading the same modules again.
    isolate: false,
    // Real sockets and an embedded database: generous on a loaded machine, never reached on an idle one.
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
