import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { Writer } from '../../../shared/codec.ts'
import { seal } from '../../../shared/fabric/keyring.ts'
import { encodeLogRecord, MESSAGE_PREFIX } from '../../../shared/fabric/wire/log-record.ts'
import { NO_MENTIONS } from '../../../shared/fabric/wire/mentions.ts'
import { writeEventBody } from '../../../shared/fabric/wire/sync-record.ts'
import { createLog } from '../../../shared/log/log.ts'
import {
  type ChannelId,
  type Cid,
  type DeviceId,
  trusted,
  type UserId,
} from '../../../shared/protocol/ids.ts'
import { Bodies } from './bodies.ts'

const [ann, bob] = [trusted<UserId>('ann'), trusted<UserId>('bob')]
const log = createLog('test', 'silent')
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

/** A ring that has these keys, and counts how often it was asked for one that wasn't in memory. */
function ring(stored: Map<UserId, KeyObject>) {
  const cache = new Map<UserId, KeyObject>()
  const keys = {
    loads: 0,
    key: (user: UserId) => cache.get(user),
    load: async (user: UserId) => {
      keys.loads++
      const key = stored.get(user)
      if (key !== undefined) cache.set(user, key)
      return key ?? null
    },
  }
  return keys
}

const record = (seq: number, from: UserId, key: KeyObject) =>
  encodeLogRecord({
    type: 'message',
    mentions: NO_MENTIONS,
    thread: 0,
    expires: 0,
    channel: trusted<ChannelId>('c1'),
    rev: seq,
    seq,
    from,
    device: trusted<DeviceId>('phone'),
    cid: trusted<Cid>(`cid${seq}`),
    at: 5,
    event: seal(key, from, Buffer.from(`${MESSAGE_PREFIX.toString()}"body":"hi ${seq}"}`)),
  })

const made = () => createSecretKey(randomBytes(32))

test('a page opens with the keys of all who wrote it, each asked for once', async () => {
  const stored = new Map([
    [ann, made()],
    [bob, made()],
  ])
  const keys = ring(stored)
  const bodies = new Bodies(keys, log)
  const records = [ann, bob, ann].map((from, i) => record(i + 1, from, stored.get(from) ?? made()))
  const wanted = [1, 2, 3].map((seq) => `{"body":"hi ${seq}"}`)
  expect((await bodies.messages(records)).map(text)).toEqual(wanted)
  expect((await bodies.messages(records)).map(text)).toEqual(wanted)
  expect(keys.loads).toBe(2)
})

test('what was sealed with a key that is gone, or was replaced, is shown as erased', async () => {
  const bodies = new Bodies(ring(new Map([[bob, made()]])), log)
  const [gone, replaced] = await bodies.messages([record(1, ann, made()), record(2, bob, made())])
  for (const bytes of [gone, replaced]) {
    expect(JSON.parse(text(bytes ?? new Uint8Array()))).toMatchObject({ channel: 'c1', deleted: true })
  }
  const body = new Writer()
  writeEventBody(body, { kind: 'sealed', sealed: seal(made(), ann, Buffer.from('{"secret":1}')) })
  const [event] = await bodies.events([{ n: 7, body: body.finish() }])
  expect(event).toMatchObject({ n: 7 })
  expect(text(event?.json ?? new Uint8Array())).toBe('{"kind":"erased"}')
})

test('keys that are out of reach are no erasure', async () => {
  const keys = { key: () => undefined, load: () => Promise.reject(new Error('no answer')) }
  const asked = new Bodies(keys, log).messages([record(1, ann, made())])
  await expect(asked).rejects.toMatchObject({ code: 'unavailable' })
})
