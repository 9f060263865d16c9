import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { type EdgeBench, startEdgeBench, token } from './support.ts'

let bench: EdgeBench

beforeAll(async () => {
  bench = await startEdgeBench()
})
afterAll(async () => bench.stop())

async function group(by: string): Promise<string> {
  const { body } = await http(bench.url, 'POST', '/v1/channels', {
    token: token(by),
    body: { kind: 'group', name: 'Tea' },
  })
  return (body['channel'] as { id: string }).id
}

const FIRST_ID = 10_000

/** Sends that many in one go, and gives their answers in the order sent. */
async function pipeline(client: RawClient, channel: string, count: number, text = 'hi'): Promise<Frame[]> {
  for (let i = 0; i < count; i++)
    client.send({ t: 'send', id: FIRST_ID + i, channel, cid: `p${i}`, body: { text } })
  const answers = new Map<number, Frame>()
  let seen = 0
  await client.next(() => {
    for (; seen < client.frames.length; seen++) {
      const frame = client.frames[seen]
      if (frame !== undefined && Number(frame['id']) >= FIRST_ID) answers.set(Number(frame['id']), frame)
    }
    return answers.size === count
  })
  return Array.from({ length: count }, (_, i) => answers.get(FIRST_ID + i) ?? { t: 'none' })
}
const seqsOf = (answers: readonly Frame[]) => answers.map((answer) => answer['seq'] ?? answer['message'])
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

test('a thousand sends in one go are acked in their order', async () => {
  const channel = await group('ann')
  const client = await RawClient.hello(bench.ws, { token: token('ann'), device: 'pc' })
  expect(seqsOf(await pipeline(client, channel, 1_000))).toEqual(upTo(1_000))
  client.close()
})

test('a thousand sends right behind the hello are acked too', async () => {
  const channel = await group('bob')
  const client = await RawClient.open(bench.ws)
  client.send({ t: 'hello', id: 1, token: token('bob'), device: 'pc' })
  expect(seqsOf(await pipeline(client, channel, 1_000))).toEqual(upTo(1_000))
  client.close()
})

test('without limits five thousand are', async () => {
  const edge = await bench.startEdge({ WEFT_LIMITS: 'off' })
  const channel = await group('cat')
  const ws = `${edge.url.replace('http', 'ws')}/v1/ws`
  const client = await RawClient.hello(ws, { token: token('cat'), device: 'pc' })
  expect(seqsOf(await pipeline(client, channel, 5_000))).toEqual(upTo(5_000))
  client.close()
})

test('what waits for its ack is bounded in bytes, and what goes over is refused with all behind it', async () => {
  const edge = await bench.startEdge({ WEFT_EDGE_SENDS_IN_FLIGHT_BYTES: '65536' })
  const channel = await group('dan')
  const ws = `${edge.url.replace('http', 'ws')}/v1/ws`
  const client = await RawClient.hello(ws, { token: token('dan'), device: 'pc' })
  const answers = await pipeline(client, channel, 100, 'x'.repeat(10_000))
  const refused = answers.findIndex(({ t }) => t === 'error')
  expect(answers[refused]).toMatchObject({ code: 'rate_limited' })
  expect(seqsOf(answers.slice(0, refused))).toEqual(upTo(refused))
  client.close()
})
