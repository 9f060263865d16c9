import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { edited, MUTANTS, type Mutant, WORLDS } from './mutants.ts'
import { judge } from './run.ts'
import { SCENARIOS } from './scenarios.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const all: readonly Mutant[] = [...Object.values(MUTANTS), ...Object.values(WORLDS)]

test.each(all)('the text that $name replaces stands in the source, once', ({ edits }) => {
  for (const edit of edits) {
    const source = readFileSync(join(root, edit.file), 'utf8')
    expect(edited(source, edit)).not.toBe(source)
  }
})

test('a text that is gone or doubled is told, not passed over', () => {
  const edit = { file: 'some.ts', find: 'one', replace: 'two' }
  expect(() => edited('nothing', edit)).toThrow('some.ts')
  expect(() => edited('one one', edit)).toThrow('2 times')
  expect(edited('just one', edit)).toBe('just two')
})

test('a process that is told of a mutant loads it, and of one that isn’t there, ends', () => {
  const run = (mutant: string) =>
    spawnSync(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        `--import=${join(import.meta.dirname, 'register.ts')}`,
        '--input-type=module',
        '--eval',
        `import { Feeds } from ${JSON.stringify(join(root, 'services/edge/session/feeds.ts'))}; console.log(String(Feeds.prototype.observe))`,
      ],
      { env: { ...process.env, WEFT_MUTANT: mutant }, encoding: 'utf8' },
    )
  expect(run('beats-off').stdout).toContain("if (batch.beat) return 'ok'")
  expect(run('').stdout).not.toContain("if (batch.beat) return 'ok'")
  expect(run('nothing').status).not.toBe(0)
})

test('every mutant has its scenario', () => {
  expect(SCENARIOS.map(({ mutant }) => mutant).sort()).toEqual(Object.keys(MUTANTS).sort())
})

test.each(SCENARIOS)('$mutant is killed, and nothing else is', async (scenario) => {
  const { killedBy, controlHolds, lines } = await judge(scenario)
  const found = killedBy !== null && controlHolds ? 'killed, and only by the mutant' : lines.join('\n')
  expect(found).toBe('killed, and only by the mutant')
})
