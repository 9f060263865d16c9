import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'
import { join, stopAll } from './sdk-support.ts'

/** What becomes of messages, by the SDK on the whole of Weft. */

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder('sdk-messages')
  weft = await startWeft(folder.path)
})
afterEach(stopAll)
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

/** Two who talk, and what the second has on the screen. */
async function talk(first: string, second: string) {
  const [one, other] = await Promise.all([join(weft.url, first), join(weft.url, second)])
  const { id } = await one.client.channels.createGroup('Tea', [other.id])
  await until(() => other.client.channels.get(id) !== undefined, 'the channel is there')
  const timeline = other.client.timeline(id)
  return { one, other, id, timeline }
}

test('pinned: on the others’ screens, in the list, and no longer once it is deleted', async () => {
  const { one, other, id, timeline } = await talk('ada', 'bob')
  for (const body of ['first', 'second']) await one.client.send(id, body).acked
  for (const seq of [1, 2]) await other.client.messages.pin(id, seq)
  await until(() => timeline.messages.every(({ pinned }) => pinned === true), 'both are pinned')
  expect(await one.client.channels.pins(id)).toMatchObject([
    { message: { seq: 2, body: 'second', pinned: true }, by: other.id },
    { message: { seq: 1 }, by: other.id },
  ])
  await one.client.messages.pin(id, 2, false)
  await one.client.messages.delete(id, 1)
  await until(() => timeline.messages.every(({ pinned }) => pinned !== true), 'nothing is pinned')
  expect(await one.client.channels.pins(id)).toEqual([])
  await expect(one.client.messages.pin(id, 1)).rejects.toMatchObject({ code: 'conflict' })
  timeline.close()
})

test('edited: what was said before is there for its author, not for others', async () => {
  const { one, other, id, timeline } = await talk('eve', 'fay')
  const { seq } = await other.client.send(id, 'words').acked
  for (let n = 0; n < 60; n++) await other.client.messages.edit(id, seq, `better ${n}`)
  const versions = await other.client.messages.versions(id, seq)
  expect(versions.map(({ body }) => body)).toEqual([
    'words',
    ...Array.from({ length: 60 }, (_, n) => `better ${n}`),
  ])
  expect(versions[60]).toMatchObject({ by: other.id, at: expect.stringMatching(/^\d{4}-/) })
  // The owner of the channel moderates.
  expect(await one.client.messages.versions(id, seq)).toEqual(versions)
  const mine = await one.client.send(id, 'mine').acked
  await expect(other.client.messages.versions(id, mine.seq)).rejects.toMatchObject({ code: 'forbidden' })
  timeline.close()
})

test('forwarded: what the message says now, and whose it was', async () => {
  const { one, other, id, timeline } = await talk('cid', 'dan')
  const { id: from } = await one.client.channels.createGroup('Milk', [])
  const { seq } = await one.client.send(from, 'words').acked
  await one.client.messages.edit(from, seq, 'better words')
  const [message] = (await one.client.history(from)).items
  const sent = [
    one.client.send(id, 'before').acked,
    one.client.send(id, 'words', { forward: { channel: from, seq } }).acked,
    one.client.send(id, 'after').acked,
  ]
  expect((await Promise.all(sent)).map((ack) => ack.seq)).toEqual([1, 2, 3])
  await until(() => timeline.messages.length === 3, 'they are there')
  expect(timeline.messages[1]).toMatchObject({ body: message?.body, forwarded: { from: one.id } })
  await expect(other.client.send(id, 'x', { forward: { channel: from, seq } }).acked).rejects.toMatchObject({
    code: 'not_found',
  })
  timeline.close()
})

test('reacted to: who did, and how', async () => {
  const { one, other, id, timeline } = await talk('ivy', 'jon')
  const { seq } = await one.client.send(id, 'words').acked
  for (const client of [other.client, one.client]) await client.messages.react(id, seq, '🎉')
  expect(await one.client.messages.reactors(id, seq)).toEqual([
    { emoji: '🎉', count: 2, users: [other.id, one.id] },
  ])
  await expect(one.client.messages.reactors(id, seq + 1)).rejects.toMatchObject({ code: 'not_found' })
  timeline.close()
})

test('disappearing: gone from the screen in time, and said to be in the channel', async () => {
  const { one, other, id, timeline } = await talk('gil', 'hal')
  const updated = await one.client.channels.update(id, { disappear_after_s: 5 })
  expect(updated.disappear_after_s).toBe(5)
  await until(() => other.client.channels.get(id)?.disappear_after_s === 5, 'the timer is known')
  const reasons: unknown[] = []
  other.client.on('deleted', ({ reason }) => reasons.push(reason))
  await one.client.send(id, 'words').acked
  await until(() => timeline.messages.length === 1, 'it is there')
  expect(timeline.messages[0]?.expires_at).toMatch(/^\d{4}-/)
  await until(() => timeline.messages[0]?.deleted === true, 'it is gone from the screen')
  await until(() => reasons.length === 1, 'it is deleted')
  expect(reasons).toEqual(['expired'])
  expect((await one.client.history(id)).items).toMatchObject([{ body: '', deleted: true }])
  timeline.close()
})
