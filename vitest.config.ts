import { defineConfig } from 'vitest/config'

/** Workers a run may use: tests start servers of their own, and small machines have two cores. */
const MAX_WORKERS = 2

const INTEGRATION = [
  'test/**/*.test.ts',
  'shared/fabric/nats-server.test.ts',
  'services/**/*.integration.test.ts',
]
const common = {
  environment: 'node' as const,
  pool: 'forks' as const,
  exclude: ['**/node_modules/**', '**/dist/**'],
}

export default defineConfig({
  test: {
    maxWorkers: MAX_WORKERS,
    teardownTimeout: 20_000,
    passWithNoTests: false,
    allowOnly: process.env.CI !== 'true',
    reporters: ['default', './test/support/reporter.ts'],
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['**/*.test.{ts,tsx}'],
          exclude: [...common.exclude, ...INTEGRATION],
          testTimeout: 10_000,
          hookTimeout: 20_000,
        },
      },
      {
        test: {
          ...common,
          name: 'integration',
          include: INTEGRATION,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // A browser's page on a busy machine takes its time.
          expect: { poll: { timeout: 15_000 } },
        },
      },
    ],
  },
})
