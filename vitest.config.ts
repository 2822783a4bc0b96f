import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'detectors/**/*.test.ts',
      'samples/**/*.test.ts',
      'test/**/*.test.ts',
      'console/**/*.test.ts',
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // chDB allows one data directory per process, so each file gets a process of its own.
    pool: 'forks',
    reporters: ['default', './test/closing-line.ts'],
  },
});
