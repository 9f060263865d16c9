import { expect, test } from 'vitest'
import { type ChannelId, type SessionId, trusted, type UserId } from '../../../../shared/protocol/ids.ts'
import { Outgoing } from '../outgoing.ts'
import { Session } from '../session.ts'
import { Broadcaster } from './broadcaster.ts'
import { liveFrame } from './frame.ts'
import { OpenChannel } from './open-channel.ts'

const LIMIT_BYTES = 1_000

/** A channel, who has it open, and what was written to each socket: a list a write. */
function bench() {
  const published: [string, string][] = []
  const broadcaster = new Broadcaster(LIMIT_BYTES, (topic, frame) => published.push([topic, String(frame)]))
  const channel = new OpenChannel(trusted<ChannelId>('c1'), 0, 1)
  const arrive = (name: string, topics: Set<string> | null, buffered = () => 0) => {
    const writes: string[][] = []
    const closed: number[] = []
    const socket = {
      send: (data: string | Uint8Array) => void writes.at(-1)?.push(String(data)),
      buffered,
      cork: (run: () => void) => {
        writes.push([])
        run()
      },
      end: (code: number) => void closed.push(code),
      ...(topics === null
        ? {}
        : {
            subscribe: (topic: string) => topics.size < topics.add(topic).size,
            unsubscribe: (topic: string) => void topics.delete(topic),
          }),
    }
    const id = trusted<SessionId>(name)
    const session = new Session({
      id,
      socket,
      outgoing: new Outgoing(LIMIT_BYTES),
      transport: 'websocket',
      sendBucket: null,
    })
    const reader = channel.newReader(session, trusted<UserId>(name))
    broadcaster.join(reader)
    return { session, reader, writes, closed }
  }
  return { broadcaster, channel, published, arrive }
}
const frame = (rev: number) =>
  liveFrame({ rev, json: Buffer.from(`{"kind":"message","seq":${rev}}`), ends: [] })

test('frames are published once for all who can be, and written singly, several at once, to the others', async () => {
  const { broadcaster, channel, published, arrive } = bench()
  const topics = new Set<string>()
  const [, single] = [arrive('ann', topics), arrive('bob', null)]
  expect([...topics]).toEqual(['channel/c1'])
  for (const rev of [1, 2]) broadcaster.add(channel, frame(rev))
  await expect.poll(() => published.length).toBe(2)
  const texts = [1, 2].map(
    (rev) => `{"t":"event","rev":${rev},"event":{"kind":"message","rev":${rev},"seq":${rev}}}`,
  )
  expect(published).toEqual(texts.map((text) => ['channel/c1', text]))
  expect(single.writes).toEqual([texts])
})

test('who joins gets nothing of what was held for those before, who leaves gets all of it', () => {
  const { broadcaster, channel, published, arrive } = bench()
  const first = arrive('ann', null)
  broadcaster.add(channel, frame(1))
  const second = arrive('bob', null)
  expect([first.writes.length, second.writes.length]).toEqual([1, 0])
  broadcaster.add(channel, frame(2))
  broadcaster.leave(first.reader)
  expect([first.writes.length, second.writes.length]).toEqual([2, 1])
  broadcaster.add(channel, frame(3))
  broadcaster.leave(second.reader)
  expect([first.writes.length, second.writes.length]).toEqual([2, 2])
  expect(published).toEqual([])
})

test('one who owes more than the limit is closed with 1013, the others are not', async () => {
  const { broadcaster, channel, arrive } = bench()
  const slow = arrive('ann', new Set(), () => LIMIT_BYTES + 1)
  const quick = arrive('bob', new Set())
  for (let rev = 1; rev < 10; rev++) broadcaster.add(channel, frame(rev))
  await expect.poll(() => slow.closed).toEqual([1013])
  expect(quick.closed).toEqual([])
})

test('what is no message goes out as it is', () => {
  const json = '{"kind":"channel","rev":7}'
  expect(String(liveFrame({ rev: 7, json: Buffer.from(json), ends: [] }))).toBe(
    `{"t":"event","rev":7,"event":${json}}`,
  )
})
