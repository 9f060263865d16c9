import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** A file longer than this does more than one thing. */
const MAX_LINES = 400
const MAX_TEST_LINES = 800

const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
const paths = listed.split('\0').filter((path) => path !== '')
const source = paths.filter((path) => /\.(ts|tsx|mjs)$/.test(path) && path !== 'test/tidy.test.ts')
const isTest = (path: string) => /\.test\.tsx?$/.test(path) || /(^|\/)test\//.test(path)
const read = (path: string) => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // Deleted, and not yet committed.
  }
}

/** `path:line` of each line of code that matches; comments don't count. */
function linesMatching(shape: RegExp, among: readonly string[]): string[] {
  return among.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) =>
        shape.test(line) && !/^\s*(\/\/|\/?\*)/.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
      ),
  )
}

const filesMatching = (shape: RegExp) => source.filter((path) => !isTest(path) && shape.test(read(path)))

test('there is something to check', () => {
  expect(source.length).toBeGreaterThan(20)
  expect(linesMatching(/^import /, source).length).toBeGreaterThan(20)
})

test('files are short', () => {
  const long = source.filter(
    (path) => read(path).split('\n').length > (isTest(path) ? MAX_TEST_LINES : MAX_LINES),
  )
  expect(long).toEqual([])
})

test('types are not talked over', () => {
  expect(linesMatching(/\bas any\b|: any\b|<any>|as unknown as|@ts-ignore|@ts-nocheck/, source)).toEqual([])
})

test('tests do not wait for a fixed time', () => {
  const sleeping = /\bawait (delay|sleep|wait)\(\d|setTimeout\(resolve,\s*[\d_]+\)|\bsleep \d/
  expect(linesMatching(sleeping, source.filter(isTest))).toEqual([])
})

test('no test is left out or alone', () => {
  expect(linesMatching(/\b(test|it|describe)\.(only|skip|todo|fails)\b/, source.filter(isTest))).toEqual([])
})

test('uWebSockets.js and node:sqlite are each imported in one file', () => {
  expect(filesMatching(/from 'uWebSockets\.js'/).length).toBeLessThanOrEqual(1)
  expect(filesMatching(/from 'node:sqlite'/).length).toBeLessThanOrEqual(1)
})

test('the environment is read in config files only', () => {
  const allowed = /(^|\/)(config|env)\.ts$|^scripts\/|\.config\.ts$/
  const product = source.filter((path) => !isTest(path) && !allowed.test(path))
  expect(linesMatching(/process\.env[.[]/, product)).toEqual([])
})

test('an entry point has no logic', () => {
  const entries = source.filter((path) => /^services\/\w+\/main\.ts$/.test(path))
  expect(entries.filter((path) => read(path).split('\n').length > 60)).toEqual([])
})

test('an error is not swallowed', () => {
  expect(linesMatching(/catch\s*(\(\w+\))?\s*\{\s*\}|\.catch\(\(\)\s*=>\s*\{\s*\}\)/, source)).toEqual([])
})

test('nothing names the machine it was written on', () => {
  const text = paths.filter((path) => /\.(ts|tsx|mjs|cjs|js|json|md|yml|yaml|sh|html|css)$/.test(path))
  expect(linesMatching(/\/(work|root|home\/\w+)\/(main|shared|\.)/, text)).toEqual([])
  expect(linesMatching(/"resolved": "http/, ['package-lock.json'])).toEqual([])
})
