import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { staticFiles } from './static-files.ts'
import type { HttpRequest } from './uws.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-web-'))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html>')
  writeFileSync(join(folder, 'assets', 'main-abc123.js'), '/* page */'.repeat(200))
})
afterEach(() => rmSync(folder, { recursive: true }))

const get = (path: string, headers: Record<string, string> = {}): HttpRequest => ({
  method: 'GET',
  path,
  query: '',
  header: (name) => headers[name] ?? '',
  address: '',
  body: Buffer.alloc(0),
  onAborted: () => undefined,
})
const headersOf = (answer: ReturnType<ReturnType<typeof staticFiles>>) => new Map(answer?.headers)

test('the page comes with a strict policy and is asked for again each time', () => {
  const answer = staticFiles(folder, ['wss://b.example/v1/ws'])(get('/'))
  const headers = headersOf(answer)
  expect(answer?.status).toBe(200)
  expect(headers.get('content-security-policy')).toContain("script-src 'self';")
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(headers.get('content-security-policy')).toContain("img-src 'self' data: https:;")
  expect(headers.get('content-security-policy')).toContain(
    "connect-src 'self' https://b.example wss://b.example",
  )
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('cache-control')).toBe('no-cache')
})

test('assets are kept for ever, compressed for who takes it, and known by their tag', () => {
  const files = staticFiles(folder, [])
  const answer = files(get('/assets/main-abc123.js', { 'accept-encoding': 'gzip, br' }))
  expect(headersOf(answer).get('cache-control')).toContain('immutable')
  expect(headersOf(answer).get('content-encoding')).toBe('gzip')
  const etag = headersOf(answer).get('etag') ?? ''
  expect(files(get('/assets/main-abc123.js', { 'if-none-match': etag }))).toMatchObject({
    status: 304,
    body: null,
  })
})

test.each(['/../package.json', '/assets/../../x', '/assets', '/nothing'])('%s is not served', (path) => {
  expect(staticFiles(folder, [])(get(path))).toBe(null)
})

test('without a built page nothing is served', () => {
  expect(staticFiles(join(folder, 'absent'), [])(get('/'))).toBe(null)
})
