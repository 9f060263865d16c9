import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { http, RawClient } from '../support/raw-client.ts'
import { RawHttp } from './raw-http.ts'
import { type EdgeBench, startEdgeBench, token } from './support.ts'

let bench: EdgeBench

beforeAll(async () => {
  bench = await startEdgeBench({ WEFT_LIMITS: 'off' })
})
afterAll(async () => bench.stop())

const MASK = Buffer.from([1, 2, 3, 4])

/** A whole text frame of a client (RFC 6455, 5.2), of at most 65,535 bytes; no library would send bytes that aren't UTF-8. */
function textFrame(payload: Buffer): Buffer {
  const head =
    payload.length < 126
      ? Buffer.of(0x81, 0x80 | payload.length)
      : Buffer.of(0x81, 0xfe, payload.length >> 8, payload.length & 0xff)
  return Buffer.concat([head, MASK, payload.map((byte, at) => byte ^ (MASK[at % 4] ?? 0))])
}

async function upgraded(): Promise<RawHttp> {
  const socket = await RawHttp.open(bench.url)
  const answer = await socket.ask('GET', '/v1/ws', {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    'sec-websocket-protocol': 'weft.v1',
  })
  expect(answer.status).toBe(101)
  return socket
}

test('a text frame that is not UTF-8 cuts its own connection only, and the client goes on from its cursor', async () => {
  const eve = { token: token('eve'), device: 'pc' }
  const { body } = await http(bench.url, 'POST', '/v1/channels', {
    token: eve.token,
    body: { kind: 'group', name: 'Tea' },
  })
  const channel = (body['channel'] as { id: string }).id
  const other = await RawClient.hello(bench.ws, { ...eve, device: 'phone' })
  const ack = await other.ask({ t: 'send', channel, cid: 'before', body: 'hi' })
  const seen = await other.next((frame) => frame.t === 'event' && JSON.stringify(frame).includes('"before"'))

  const socket = await upgraded()
  const hello = { t: 'hello', id: 1, ...eve, cursor: seen['cursor'] }
  socket.write(textFrame(Buffer.from(JSON.stringify(hello))))
  await socket.until((bytes) => bytes.includes('"t":"synced"'))
  socket.write(textFrame(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])))
  await socket.ended()

  expect(await other.ask({ t: 'send', channel, cid: 'after', body: 'hi' })).toMatchObject({
    seq: Number(ack['seq']) + 1,
  })
  const again = await RawClient.hello(bench.ws, { ...eve, cursor: String(seen['cursor']) })
  expect(await again.next((frame) => frame.t === 'event')).toMatchObject({
    prev: seen['cursor'],
    event: { cid: 'after' },
  })
  for (const client of [other, again]) client.close()
})

test('a frame of 5 MiB is refused with its reason', async () => {
  const client = await RawClient.hello(bench.ws, { token: token('fay'), device: 'pc' })
  client.sendRaw(`{"t":"ping","pad":"${'x'.repeat(5 * 1024 * 1024)}"}`)
  expect(await client.next(({ t }) => t === 'error')).toMatchObject({ code: 'too_large' })
  expect(await client.closed).toBe(4413)
})

test('a frame over 16 MiB is cut without a word', async () => {
  const client = await RawClient.hello(bench.ws, { token: token('gil'), device: 'pc' })
  client.sendRaw(Buffer.alloc(17 * 1024 * 1024, 0x20))
  expect(await client.closed).toBe(1006)
})
