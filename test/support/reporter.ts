import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/**
 * Counts what ran. Fails a run without a test, and in CI (CI=true) one that skipped a test: a promise that nobody
 * checked must not look kept. With WEFT_TEST_COUNTS set, writes `{passed, failed, skipped}` to that file.
 */
export default class CountingReporter implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandledErrors: ReadonlyArray<unknown>): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') counts.passed++
        else if (state === 'failed') counts.failed++
        else {
          counts.skipped++
          if (process.env.CI === 'true') console.error(`skipped: ${module.moduleId} > ${test.fullName}`)
        }
      }
      // A file that can't be loaded, or whose hooks fail, has an error and maybe no test.
      counts.failed += module.errors().length
    }
    const unchecked = process.env.CI === 'true' && counts.skipped > 0
    if (counts.passed + counts.failed === 0 || unchecked) process.exitCode = 1
    const path = process.env.WEFT_TEST_COUNTS
    if (path !== undefined) writeFileSync(path, JSON.stringify(counts))
  }
}
