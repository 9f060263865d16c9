import { createSecretKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { type ChannelId, type Cid, type DeviceId, trusted, type UserId } from '../../protocol/ids.ts'
import { seal } from '../keyring.ts'
import { decodeLogRecord, encodeLogRecord, type MessageRecord } from './log-record.ts'
import { NO_MENTIONS } from './mentions.ts'

const from = trusted<UserId>('u')
const plain: MessageRecord = {
  type: 'message',
  channel: trusted<ChannelId>('c'),
  rev: 9,
  seq: 8,
  from,
  device: trusted<DeviceId>('d'),
  cid: trusted<Cid>('m'),
  at: 1_700_000_000_000,
  mentions: NO_MENTIONS,
  thread: 0,
  expires: 0,
  event: seal(createSecretKey(Buffer.alloc(32)), from, Buffer.from('{}')),
}
const mentions = { users: [trusted<UserId>('v')], all: 'channel' as const }

test.each<[string, Partial<MessageRecord>, number]>([
  ['a plain one', {}, 1],
  ['with mentions', { mentions }, 3],
  ['in a thread', { thread: 3 }, 5],
  ['that disappears', { expires: 1_700_000_060_000 }, 6],
  ['that has all of it', { mentions, thread: 3, expires: 1_700_000_060_000 }, 6],
])('a message is read as it was written, of the type that it always had: %s', (_name, more, type) => {
  const record = { ...plain, ...more }
  const bytes = encodeLogRecord(record)
  expect(bytes[0]).toBe(type)
  const read = decodeLogRecord(bytes)
  expect({ ...read, event: null }).toEqual({ ...record, event: null })
  expect(read.type === 'message' && Buffer.from(read.event).equals(Buffer.from(record.event))).toBe(true)
})
