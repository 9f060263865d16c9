import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { readMetrics, total } from '../support/metrics.ts'
import { startTestNats } from '../support/nats.ts'
import { freePort, startService } from '../support/processes.ts'
import { type Frame, http, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'

test('store and owners killed together right after a snapshot: what was not heard, and an ack that was lost, come without the store', async () => {
  const folder = await temporaryFolder('recall')
  const nats = await startTestNats()
  const [port, chatOps, syncOps] = [await freePort(), await freePort(), await freePort()]
  const env = {
    WEFT_TOKEN_SECRET: SECRET,
    WEFT_LOG_PARTITIONS: '1',
    WEFT_SYNC_PARTITIONS: '1',
    WEFT_SNAPSHOT_PACKS: '1',
    WEFT_DATA: folder.path,
    WEFT_HOST: '127.0.0.1',
  }
  const startOwners = (ops: readonly number[]) =>
    Promise.all([
      startService('chat', nats, { ...env, WEFT_OPS_PORT: String(ops[0] ?? 0) }),
      startService('sync', nats, { ...env, WEFT_OPS_PORT: String(ops[1] ?? 0) }),
    ])
  const storage = await startService('storage', nats, env)
  const owners = await startOwners([chatOps, syncOps])
  const edge = await startService('edge', nats, { ...env, WEFT_PORT: String(port) })
  const running = [storage, ...owners, edge]
  try {
    const url = `http://127.0.0.1:${port}`
    const token = (user: string) => mintToken(SECRET, user)
    const made = () =>
      http(url, 'POST', '/v1/channels', { token: token('ann'), body: { kind: 'direct', members: ['bob'] } })
    await until(async () => (await made()).status === 200, 'the channel is there')
    const channel = ((await made()).body['channel'] as { id: string }).id
    const hello = (user: string, cursor?: string) =>
      RawClient.hello(`ws://127.0.0.1:${port}/v1/ws`, {
        token: token(user),
        device: 'pc',
        ...(cursor === undefined ? {} : { cursor }),
      })
    const bob = await hello('bob')
    const cursor = String((await bob.next(({ t }) => t === 'welcome'))['cursor'])
    bob.cut()
    const ann = await hello('ann')
    const cids = ['one', 'two', 'three'].map(() => randomUUID())
    const send = (client: RawClient, cid: string) =>
      client.ask({ t: 'send', channel, cid, body: `message ${cid}` })
    for (const [i, cid] of cids.entries())
      expect(await send(ann, cid)).toMatchObject({ t: 'ack', seq: i + 1 })
    ann.cut()
    // Each log's newest snapshot covers all of its packs.
    await until(async () => {
      const metrics = await readMetrics([chatOps, syncOps].map((ops) => `http://127.0.0.1:${ops}`))
      return (['log', 'sync'] as const).every(
        (kind) =>
          total(metrics, 'weft_snapshot_pack', { kind }) > total(metrics, 'weft_commits_total', { kind }),
      )
    }, 'snapshots cover everything')
    await Promise.all([storage, ...owners].map((worker) => worker.kill()))
    running.push(...(await startOwners([])))

    const back = await hello('bob', cursor)
    await back.next(({ t }) => t === 'synced')
    expect(back.frames.flatMap(cidOf)).toEqual(cids)
    const again = await hello('ann')
    expect(await send(again, cids[1] ?? '')).toMatchObject({ t: 'ack', seq: 2, duplicate: true })
    expect(await send(again, randomUUID())).toMatchObject({ t: 'ack', seq: 4, duplicate: false })
    for (const client of [back, again]) client.cut()
  } finally {
    await Promise.all(running.map((worker) => worker.kill()))
    await nats.stop()
    await folder.remove()
  }
})

const cidOf = (frame: Frame): string[] => {
  const event = frame['event'] as { kind?: string; cid?: string } | undefined
  return event?.kind === 'message' && event.cid !== undefined ? [event.cid] : []
}
