import { describe, expect, it } from 'vitest'
import { Backoff } from './backoff.ts'
import { CLOSE_RULES } from './close-codes.ts'
import { errorFromWire, WeftError } from './errors.ts'
import { socketUrl } from './transport/ways.ts'
import { uuidv7 } from './uuid.ts'

describe('ids', () => {
  it('are UUIDv7 and rise', () => {
    const ids = Array.from({ length: 10_000 }, () => uuidv7())
    expect(new Set(ids).size).toBe(ids.length)
    expect([...ids].sort()).toEqual(ids)
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})

describe('back-off', () => {
  it('doubles its bound up to the largest, and starts over', () => {
    const backoff = new Backoff(100, 1_000)
    for (const bound of [100, 200, 400, 800, 1_000, 1_000])
      expect(backoff.nextMs()).toBeLessThanOrEqual(bound)
    backoff.reset()
    expect(backoff.nextMs()).toBeLessThanOrEqual(100)
    expect(backoff.nextMs(5_000)).toBeGreaterThanOrEqual(5_000)
  })
})

describe('errors', () => {
  it.each([
    ['unavailable', true],
    ['rate_limited', true],
    ['offline', true],
    ['forbidden', false],
    ['unauthenticated', false],
  ] as const)('%s: retry %s', (code, retry) => {
    const error = new WeftError(code, 'why', { retryAfter: 3 })
    expect(error.shouldRetry()).toBe(retry)
    expect(error.retryAfter).toBe(retry ? 3 : undefined)
  })

  it('of a code from the future are not retried', () => {
    expect(errorFromWire('teapot', 'short and stout', 1).shouldRetry()).toBe(false)
  })
})

describe('addresses', () => {
  it.each([
    ['https://a.example', 'wss://a.example/v1/ws'],
    ['http://127.0.0.1:8080/', 'ws://127.0.0.1:8080/v1/ws'],
    ['wss://edge.example/v1/ws', 'wss://edge.example/v1/ws'],
    ['nonsense', undefined],
  ])('%s', (edge, url) => expect(socketUrl(edge)).toBe(url))
})

describe('close codes', () => {
  it('only end things for good where coming back would be wrong', () => {
    const fatal = Object.entries(CLOSE_RULES).filter(([, rule]) => rule.fatal)
    expect(fatal.map(([code]) => Number(code))).toEqual([4403, 4409])
  })
})
