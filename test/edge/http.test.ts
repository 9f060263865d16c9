import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RawHttp } from './raw-http.ts'
import { type EdgeBench, startEdgeBench, token } from './support.ts'

let bench: EdgeBench
let web: string

beforeAll(async () => {
  web = await mkdtemp(join(tmpdir(), 'weft-http-'))
  await writeFile(join(web, 'index.html'), '<!doctype html><title>page</title>')
  bench = await startEdgeBench({ WEFT_LIMITS: 'off', WEFT_WEB: web, WEFT_CORS_ORIGINS: 'https://app.test' })
})
afterAll(async () => {
  await bench.stop()
  await rm(web, { recursive: true })
})

describe('a connection goes on after an answer without a body', () => {
  const preflight = { origin: 'https://app.test', 'access-control-request-method': 'POST' }
  test.each<[string, number, (http: RawHttp) => ReturnType<RawHttp['ask']>]>([
    ['OPTIONS', 204, (http) => http.ask('OPTIONS', '/v1/channels')],
    ['a preflight', 204, (http) => http.ask('OPTIONS', '/v1/channels', preflight)],
    [
      '204',
      204,
      (http) => http.ask('DELETE', '/v1/sessions/current', { authorization: `Bearer ${token('ann')}` }),
    ],
    ['HEAD', 200, (http) => http.ask('HEAD', '/')],
    [
      '304',
      304,
      async (http) => {
        const { headers } = await http.ask('GET', '/')
        return http.ask('GET', '/', { 'if-none-match': headers.get('etag') ?? '' })
      },
    ],
  ])('%s', async (_name, status, ask) => {
    const http = await RawHttp.open(bench.url)
    for (let i = 0; i < 2; i++) {
      const answer = await ask(http)
      expect(answer.status).toBe(status)
      if (status === 200) expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(10)
      else expect(answer.headers.get('content-length')).toBe(undefined)
      expect(await http.ask('GET', '/healthz')).toMatchObject({ status: 200, body: 'ok\n' })
    }
    http.close()
  })
})

test('HEAD is answered as GET is, without the body', async () => {
  const http = await RawHttp.open(bench.url)
  const headers = { authorization: `Bearer ${token('ann')}` }
  const get = await http.ask('GET', '/v1/edges', headers)
  const head = await http.ask('HEAD', '/v1/edges', headers)
  expect(head).toMatchObject({ status: 200, body: '' })
  expect(head.headers.get('content-length')).toBe(String(get.body.length))
  const refused = await http.ask('HEAD', '/v1/accounts')
  expect(refused.status).toBe(400)
  expect(refused.headers.get('allow')).toBe('POST')
  http.close()
})

test.each(['/v1/channels', '/v1/channels/c1/members'])(
  '%s takes only a cursor that was its `next`',
  async (path) => {
    const http = await RawHttp.open(bench.url)
    const headers = { authorization: `Bearer ${token('ann')}` }
    for (const cursor of ['zzz', 'before:7', 'after:', 'after:a:b'])
      expect(await http.ask('GET', `${path}?cursor=${cursor}`, headers)).toMatchObject({
        status: 400,
        body: expect.stringContaining('earlier page'),
      })
    http.close()
  },
)

describe('all hops of a request share its trace', () => {
  async function hops(headers: Readonly<Record<string, string>>): Promise<string[]> {
    const http = await RawHttp.open(bench.url)
    const auth = { authorization: `Bearer ${token(`tracer-${Math.random().toString(36).slice(2)}`)}` }
    const seen: string[] = []
    const { nc } = bench.fabric
    const tap = nc.subscribe('>', {
      callback: (_error, message) => {
        const trace = message.headers?.get('traceparent')
        if (trace !== undefined && trace !== '') seen.push(trace)
      },
    })
    await nc.flush()
    const { body } = await http.ask('GET', '/v1/channels/nowhere', { ...auth, ...headers })
    expect(body).toContain('not_found')
    await nc.flush()
    tap.unsubscribe()
    http.close()
    return seen
  }
  const idsOf = (traces: readonly string[]) => [...new Set(traces.map((trace) => trace.split('-')[1]))]

  test('the one that came with it', async () => {
    const id = 'c0ffee'.repeat(5) + '00'
    const seen = await hops({ traceparent: `00-${id}-${'b'.repeat(16)}-01` })
    // The user's look-up, their profile, the wait for it, and the channel's owner.
    expect(seen.length).toBeGreaterThanOrEqual(3)
    expect(idsOf(seen)).toEqual([id])
    expect(new Set(seen).size, 'each hop is one of its own').toBe(seen.length)
  })

  test('else one that the edge begins, another for each request', async () => {
    const [first, second] = [await hops({}), await hops({ traceparent: 'nonsense' })]
    expect(first.length).toBeGreaterThanOrEqual(3)
    expect(idsOf(first)).toHaveLength(1)
    expect(idsOf([...first, ...second])).toHaveLength(2)
  })
})

test('what can’t be answered just now is said in words of people', async () => {
  const http = await RawHttp.open(bench.url)
  // Nobody answers this call here.
  const answer = await http.ask('GET', '/v1/channels', { authorization: `Bearer ${token('ann')}` })
  expect(answer.status).toBe(503)
  expect(JSON.parse(answer.body)).toEqual({
    error: {
      code: 'unavailable',
      message: 'this can’t be answered just now; try again',
      retry_after: 1,
    },
  })
  http.close()
})
