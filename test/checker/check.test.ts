import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { check, type Report } from './check.ts'
import { CORRUPTIONS } from './corruptions.ts'
import type { Line } from './history.ts'
import { UnusableHistory } from './parse.ts'
import { summaryOf, violationOf } from './report.ts'
import { randomOf, story } from './story.ts'
import { RULES } from './violations.ts'

const STEPS = 120
/** Stories looked through for a place where a corruption fits. */
const SEEDS_MAX = 200

const judge = (lines: readonly Line[], options = {}): Promise<Report> =>
  check(
    lines.map((line) => JSON.stringify(line)),
    options,
  )
const told = (report: Report): string => [...report.violations.map(violationOf), summaryOf(report)].join('\n')

test('a run that kept every promise is accepted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0 }), fc.integer({ min: 30, max: 200 }), async (seed, steps) => {
      const report = await judge(story(seed, steps))
      expect(told(report)).toMatch(/: 0 violations$/)
    }),
    { numRuns: 60 },
  )
})

test('good runs have in them what makes judging hard', async () => {
  const { counts } = await judge(story(2, 2_000))
  for (const [name, count] of Object.entries(counts)) expect([name, count > 0]).toEqual([name, true])
})

describe('a run is rejected in which', () => {
  test.each(CORRUPTIONS)('$name', async ({ rules, apply }) => {
    const bad = firstFit(apply)
    const report = await judge(bad)
    expect(rules.some((rule) => report.broken.has(rule))).toBe(true)
    expect(summaryOf(report)).not.toMatch(/: 0 violations$/)
  })
})

test('every rule has a corruption that breaks it', async () => {
  const broken = new Set<string>()
  for (const { apply } of CORRUPTIONS)
    for (const rule of (await judge(firstFit(apply))).broken.keys()) broken.add(rule)
  expect(Object.keys(RULES).filter((rule) => !broken.has(rule))).toEqual([])
})

test('one corruption anywhere is found, under its name', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0 }),
      fc.integer({ min: 0 }),
      fc.constantFrom(...CORRUPTIONS),
      async (seed, place, { name, rules, apply }) => {
        const bad = apply(story(seed, STEPS), randomOf(place))
        if (bad === null) return
        const report = await judge(bad)
        if (!rules.some((rule) => report.broken.has(rule)))
          throw new Error(`${name}: expected ${rules.join(' or ')}\n${told(report)}`)
      },
    ),
    { numRuns: 300 },
  )
}, 60_000)

test('resets are accepted where they are expected', async () => {
  const { apply } = CORRUPTIONS.find(({ rules }) => rules.length === 1 && rules[0] === 'reset') ?? {}
  if (apply === undefined) throw new Error('no such corruption')
  const report = await judge(firstFit(apply), { allowResets: true })
  expect(report.broken.has('reset')).toBe(false)
})

describe('what can’t be judged is not passed', () => {
  const good = story(1, STEPS)
  const without = (type: Line['type']) => good.filter((line) => line.type !== type)
  const unusable: [string, readonly Line[]][] = [
    ['an empty file', []],
    ['no run line', good.slice(1)],
    ['no ack', good.filter((line) => line.type !== 'sent' && !(line.type === 'ok' && line.f === 'send'))],
    ['nobody told anything', good.filter((line) => line.type !== 'event' && line.type !== 'told')],
    ['no quiet end', without('quiet')],
    [
      'nothing of the final state',
      good.slice(
        0,
        good.findIndex(({ type }) => type === 'final-history'),
      ),
    ],
    ['the final state cut short', without('final')],
    ['no final queues', without('final-queue')],
    [
      'a reader who did not read',
      good.filter((line) => line.type !== 'final-history' || line.reader !== 'bob'),
    ],
    ['requests without outcome', good.filter((line, index) => line.type !== 'error' || index % 2 === 0)],
    ['an answer to nothing', [...good.slice(0, -1), { type: 'lost', at: 0, op: 999_999, why: 'gone' }]],
    ['lines after the end', [...good, { type: 'quiet', at: 0 }]],
    ['a session of which nobody knows', good.filter((line) => !(line.type === 'ok' && line.f === 'hello'))],
  ]
  test.each(unusable)('%s', async (_, lines) => {
    await expect(judge(lines)).rejects.toThrow(UnusableHistory)
  })

  test.each([
    ['a line cut short', '{"type":"fa'],
    ['no object', '[]'],
    ['an unknown line', '{"type":"dream"}'],
    ['a field of another type', '{"type":"quiet","at":"noon"}'],
    [
      'an event without its message',
      '{"type":"event","at":1,"client":"a","user":"a","session":"s","cursor":"e:1","prev":"e:0","kind":"message"}',
    ],
    [
      'an item without a text',
      '{"type":"final-history","channel":"c","reader":"r","items":[{"seq":1,"cid":"c","from":"f","at":"t"}]}',
    ],
  ])('%s', async (_, bad) => {
    const lines = good.map((line) => JSON.stringify(line))
    await expect(check(lines.toSpliced(3, 0, bad))).rejects.toThrow(/^line 4/)
  })
})

test('the checker imports nothing but node and itself', () => {
  const folder = import.meta.dirname
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  const imports = files.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/ from '([^']+)'$/gm)].map(
      (match) => match[1] ?? '',
    ),
  )
  expect(imports.length).toBeGreaterThan(20)
  expect(imports.filter((from) => !/^(node:|\.\/)/.test(from))).toEqual([])
})

function firstFit(apply: (lines: readonly Line[], random: () => number) => Line[] | null): Line[] {
  for (let seed = 0; seed < SEEDS_MAX; seed++) {
    const bad = apply(story(seed, STEPS), randomOf(seed))
    if (bad !== null) return bad
  }
  throw new Error('no story has a place for it')
}
