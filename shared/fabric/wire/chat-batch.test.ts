import { expect, test } from 'vitest'
import {
  type ChannelId,
  type Cid,
  type DeviceId,
  type EdgeId,
  type SessionId,
  trusted,
  type UserId,
} from '../../protocol/ids.ts'
import { decodeChatBatch, encodeChatBatch } from './chat-batch.ts'
import { NO_MENTIONS } from './mentions.ts'

const sendOf = (content: string) => ({
  request: 7,
  session: trusted<SessionId>('s'),
  flow: 2,
  channel: trusted<ChannelId>('c'),
  user: trusted<UserId>('u'),
  device: trusted<DeviceId>('d'),
  cid: trusted<Cid>('m'),
  replyTo: 0,
  mentions: NO_MENTIONS,
  content: Buffer.from(content),
})
const batch = (...contents: string[]) => ({
  edge: trusted<EdgeId>('e'),
  place: { run: 1, number: 4 },
  sends: contents.map(sendOf),
})

test.each([
  ['as sends are', batch('"body":"hi"')],
  ['of which one only asks what its cid became', batch('"body":"hi"', '')],
])('a batch is read as it was written: %s', (_name, written) => {
  expect(decodeChatBatch(encodeChatBatch(written))).toEqual(written)
})

test('an owner of a release before, which would store a send without content, can’t read such a batch', () => {
  const LAST_VERSION_BEFORE = 3
  expect(encodeChatBatch(batch('"body":"hi"'))[0]).toBe(LAST_VERSION_BEFORE)
  expect(encodeChatBatch(batch('"body":"hi"', ''))[0]).toBeGreaterThan(LAST_VERSION_BEFORE)
})
