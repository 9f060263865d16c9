import { afterAll, beforeAll, expect, test } from 'vitest'
import { wholeHistory } from '../support/conversation.ts'
import { http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
/** A snapshot after every few packs, so that the first sends are known to the store alone after a restart. */
const ENV = { WEFT_TOKEN_SECRET: SECRET, WEFT_SNAPSHOT_PACKS: '5' }
const SENDS = 60

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let weft: RunningWeft
const token = mintToken(SECRET, 'ann')

beforeAll(async () => {
  folder = await temporaryFolder('repeat')
  weft = await startWeft(folder.path, ENV)
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

const uuid7 = (ms: number, rest: number): string => {
  const time = ms.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${rest.toString(16).padStart(12, '0')}`
}

test('a cid of long ago gets its first answer after kill -9, from the snapshot and the store', async () => {
  const created = await http(weft.url, 'POST', '/v1/channels', {
    token,
    body: { kind: 'group', name: 'Tea', members: [] },
  })
  const channel = (created.body['channel'] as { id: string }).id
  // UUIDv7s of now, of a clock that is far off, and ids of another kind.
  const cids = Array.from({ length: SENDS }, (_, i) =>
    i % 3 === 0 ? uuid7(Date.now(), i) : i % 3 === 1 ? uuid7(Date.now() - 3_600_000, i) : `my-own-${i}`,
  )
  const sendAll = async () => {
    const client = await RawClient.hello(weft.ws, { token, device: 'pc' })
    const answers = []
    for (const cid of cids) answers.push(await client.ask({ t: 'send', channel, cid, body: { text: cid } }))
    client.close()
    return answers
  }
  const first = await sendAll()
  expect(first.map((ack) => ack['seq'])).toEqual(cids.map((_, i) => i + 1))
  const snapshots = async () =>
    (await metrics()).match(/weft_snapshot_pack\{kind="log",partition="0"\} (\d+)/)?.[1]
  await until(async () => Number(await snapshots()) > 20, 'a snapshot covers the first sends')
  await weft.killGroup()
  weft = await startWeft(folder.path, ENV)
  const again = await sendAll()
  expect(again).toMatchObject(
    first.map((ack) => ({ t: 'ack', seq: ack['seq'], at: ack['at'], duplicate: true })),
  )
  expect((await wholeHistory(weft.url, token, channel)).length).toBe(SENDS)
})

async function metrics(): Promise<string> {
  return (await fetch(`${weft.ops}/metrics`)).text()
}
