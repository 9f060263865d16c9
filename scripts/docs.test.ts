import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { chatCalls, storageCalls, syncCalls } from '../shared/fabric/calls.ts'
import { buckets, subjects } from '../shared/fabric/registry.ts'
import { metricsDoc } from './metrics-doc.ts'
import { subjectsDoc } from './subjects-doc.ts'

const onDisk = (path: string) => readFileSync(path, 'utf8')
const byName = (a = '', b = '') => a.localeCompare(b)
const names = (text: string, shape: RegExp) => [...new Set([...text.matchAll(shape)].map(([, name]) => name))]

test('every metric declared in code is documented, and every documented one is declared', () => {
  const sources = globSync(['services/**/*.ts', 'shared/**/*.ts'], { exclude: ['**/*.test.ts'] })
  const inCode = sources.flatMap((path) =>
    names(onDisk(path), /\b(?:counter|gauge|histogram)\(\s*'(weft_[a-z_]+)'/g),
  )
  expect(inCode.length).toBeGreaterThan(30)
  expect(names(onDisk('docs/metrics.md'), /^\| `(weft_[a-z_]+)`/gm).sort(byName)).toEqual(
    [...new Set(inCode)].sort(byName),
  )
})

test('docs/metrics.md and docs/subjects.md say what the code says', () => {
  expect(onDisk('docs/metrics.md'), 'stale: run `npm run docs`').toBe(metricsDoc())
  expect(onDisk('docs/subjects.md'), 'stale: run `npm run docs`').toBe(subjectsDoc())
})

test('every subject, bucket and call is in docs/subjects.md', () => {
  const text = onDisk('docs/subjects.md')
  for (const name of Object.keys(subjects)) expect(text).toContain(`| ${name} |`)
  for (const bucket of Object.values(buckets)) expect(text).toContain(`\`${bucket('eu')}\``)
  for (const { name } of [...chatCalls, ...syncCalls, ...storageCalls])
    expect(text).toContain(`| \`${name}\` |`)
})
