import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'
import { join, live, type Person, seqs, stopAll } from './sdk-support.ts'

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder('sdk-threads')
  weft = await startWeft(folder.path)
})
afterAll(async () => {
  await stopAll()
  await weft.stop()
  await folder.remove()
})

const unreadOf = ({ client }: Person, channel: string, thread = 1) =>
  client.messages.thread(channel, thread)?.unread

test('a thread is counted by itself, the same on all of a person’s devices, also on one that was away', async () => {
  const [ann, bob] = [await join(weft.url, 'ann'), await join(weft.url, 'bob')]
  const phone = await join(weft.url, 'bob')
  const { id } = await ann.client.channels.createGroup('Tea', [bob.id])
  const say = (person: Person, replyTo?: number) =>
    person.client.send(id, 'words', replyTo === undefined ? {} : { replyTo }).acked
  await say(bob)
  await say(ann, 1)
  const timeline = bob.client.timeline(id)
  await until(() => timeline.messages[0]?.thread_replies?.count === 1, 'the page tells of the reply')
  for (const { client } of [bob, phone])
    expect((await client.messages.threads(id)).items).toMatchObject([
      { thread: 1, unread: 1, following: true },
    ])
  const changes: number[] = []
  phone.client.on('threads', (threads) => changes.push(...threads.map(({ unread }) => unread)))
  await say(ann, 1)
  await say(ann, 2)
  await until(() => [bob, phone].every((person) => unreadOf(person, id) === 3), 'both devices count it')
  expect(timeline.messages[0]?.thread_replies).toEqual({ count: 3, last: 4 })
  const { unread } = bob.client.channels.get(id) ?? { unread: -1 }
  expect(unread).toBe(0)
  await phone.client.stop()
  bob.client.markRead(id, 3, { thread: 1 })
  await until(() => unreadOf(bob, id) === 1, 'one is left')
  expect((await bob.client.messages.followedThreads()).items).toMatchObject([
    { thread: 1, read: 3, unread: 1 },
  ])
  await phone.client.start()
  await live(phone.client)
  await until(() => unreadOf(phone, id) === 1, 'the other device has the mark')
  expect(changes.at(-1)).toBe(1)
  // Written on one, read on both.
  await say(phone, 4)
  await until(() => [bob, phone].every((person) => unreadOf(person, id) === 0), 'who answers has read')
  expect((await bob.client.messages.followedThreads()).items).toEqual([])
  expect(seqs((await bob.client.history(id, { thread: 1 })).items)).toEqual([2, 3, 4, 5])
  expect(seqs((await bob.client.history(id, { thread: 1, before: 4, limit: 1 })).items)).toEqual([3])
  await expect(bob.client.history(id, { thread: 99 })).rejects.toMatchObject({ code: 'not_found' })
  for (const { client } of [ann, bob, phone]) expect(client.badge).toBe(await client.mine.badge())
  timeline.close()
  expect([...ann.problems, ...bob.problems, ...phone.problems]).toEqual([])
})
