import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Post } from '../../shared/fabric/post.ts'
import { http, RawClient } from '../support/raw-client.ts'
import { type EdgeBench, startEdgeBench, token } from './support.ts'

let bench: EdgeBench

beforeAll(async () => {
  bench = await startEdgeBench({ WEFT_LIMITS: 'off' })
})
afterAll(async () => bench.stop())

/** Passes everything on but the one batch of sends that it is told to lose. */
class LosingPost extends Post {
  losesNext = false

  override send(subject: string, bytes: Uint8Array): void {
    if (this.losesNext && CHAT_IN.test(subject)) this.losesNext = false
    else super.send(subject, bytes)
  }
}
const CHAT_IN = /^\w+\.chat\.\d+\.\d+\.in$/

test('a batch that is lost on its way takes what was sent behind it along, and nobody waits for the deadline', async () => {
  let post: LosingPost | undefined
  const edge = await bench.startEdge({ WEFT_EDGE_SEND_DEADLINE_MS: '60000' }, (fabric) => {
    post = new LosingPost(fabric.nc)
    return { ...fabric, post }
  })
  const { body } = await http(bench.url, 'POST', '/v1/channels', {
    token: token('ann'),
    body: { kind: 'group', name: 'Tea', members: [] },
  })
  const channel = (body['channel'] as { id: string }).id
  const ann = await RawClient.hello(`${edge.url.replace('http', 'ws')}/v1/ws`, {
    token: token('ann'),
    device: 'pc',
  })
  const send = (text: string, cid = randomUUID()) => ann.ask({ t: 'send', channel, cid, body: text })
  expect(await send('first')).toMatchObject({ t: 'ack', seq: 1 })

  if (post === undefined) throw new Error('no edge was made')
  post.losesNext = true
  const texts = ['second', 'third', 'fourth']
  const cids = texts.map(() => randomUUID())
  const lost = send('second', cids[0])
  // It has to have left before the others do: the edge answers a ping in the order of what it was sent.
  await ann.ask({ t: 'ping' })
  const behind = [send('third', cids[1]), send('fourth', cids[2])]
  for (const answer of await Promise.all([lost, ...behind]))
    expect(answer).toMatchObject({ t: 'error', code: 'unavailable' })
  // Once it has seen that, the client sends all of it again, and it stands in the order sent.
  const again = await Promise.all(texts.map((text, i) => send(text, cids[i])))
  expect(again).toMatchObject([2, 3, 4].map((seq) => ({ t: 'ack', seq, duplicate: false })))
  ann.close()
})
