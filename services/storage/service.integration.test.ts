import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  accountRegister,
  channelsList,
  cidLookup,
  historyRange,
  jwks,
  queuePage,
  sessionEnd,
  sessionRefresh,
  sessionStart,
  storeReached,
  usersByName,
} from '../../shared/fabric/calls.ts'
import { connectFabric, type Fabric } from '../../shared/fabric/connection.ts'
import { Directory } from '../../shared/fabric/directory.ts'
import { KeyRing, seal } from '../../shared/fabric/keyring.ts'
import { digestOf, encodePack, NO_DIGEST } from '../../shared/fabric/pack.ts'
import { buckets, type LogKind, streams, subjects } from '../../shared/fabric/registry.ts'
import { ensureFabric, PROJECTION } from '../../shared/fabric/setup.ts'
import { encodeLogRecord } from '../../shared/fabric/wire/log-record.ts'
import { NO_MENTIONS } from '../../shared/fabric/wire/mentions.ts'
import { createLog } from '../../shared/log/log.ts'
import { type ChannelId, type Cid, type DeviceId, trusted, type UserId } from '../../shared/protocol/ids.ts'
import type { Service } from '../../shared/service.ts'
import { startTestNats, type TestNats } from '../../test/support/nats.ts'
import { syncConfig } from '../sync/config.ts'
import { createSync } from '../sync/service.ts'
import { storageConfig } from './config.ts'
import { createStorage } from './service.ts'

const log = createLog('test', 'silent')
const ann = trusted<UserId>('ann')
const bob = trusted<UserId>('bob')
const channel = trusted<ChannelId>('c1')
const device = trusted<DeviceId>('phone')

let nats: TestNats
let fabric: Fabric
let directory: Directory
let keys: KeyRing
let folder: string
let storage: Service
let previous = NO_DIGEST
let pack = 0

const startStorage = () =>
  createStorage({
    config: storageConfig({
      WEFT_DATA: folder,
      WEFT_ARGON2_MEMORY_KIB: '64',
      WEFT_ACCOUNT_FAILED_LOGINS: '3',
    }),
    fabric,
    directory,
    log,
  })

beforeAll(async () => {
  nats = await startTestNats()
  folder = await mkdtemp(join(tmpdir(), 'weft-storage-'))
  fabric = await connectFabric(nats.fabric, 'test', log)
  await ensureFabric(fabric, { replicas: 1, partitions: { log: 1, sync: 1 }, streamMaxBytes: -1 }, log)
  directory = await Directory.open(fabric, log)
  keys = await KeyRing.open(fabric)
  storage = await startStorage()
})

afterAll(async () => {
  await storage.drain()
  directory.close()
  await fabric.close()
  await nats.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Writes the next LOG pack as an owner would. */
async function writePack(records: readonly Uint8Array[]): Promise<number> {
  const number = ++pack
  const bytes = encodePack({
    kind: 'records',
    lineage: 9,
    number,
    previous,
    term: 1,
    at: Date.now(),
    meta: new Uint8Array(),
    records,
  })
  previous = Uint8Array.from(digestOf(bytes))
  await fabric.js.publish(subjects.pack({ region: 'test', kind: 'log', partition: 0 }), bytes)
  return number
}

const reached = (kind: LogKind, upTo: number) =>
  directory.callStorage(
    storeReached,
    { positions: [{ kind, partition: 0, pack: upTo }], wait_ms: 10_000 },
    { deadlineMs: 11_000 },
  )

const eventOf = (seq: number) =>
  Buffer.from(`{"kind":"message","channel":"c1","seq":${seq},"body":"hi ${seq}"}`)

async function messageRecord(seq: number, from = ann) {
  const event = seal(await keys.ensure(from), from, eventOf(seq))
  const cid = trusted<Cid>(`cid${seq}`)
  return encodeLogRecord({
    type: 'message',
    mentions: NO_MENTIONS,
    thread: 0,
    expires: 0,
    channel,
    rev: seq + 1,
    seq,
    from,
    device,
    cid,
    at: seq,
    event,
  })
}

const history = async (first: number, last: number) =>
  (
    await directory.callStorage(historyRange, { channel, user: trusted<UserId>('ann'), first, last })
  ).messages.map((bytes) => Buffer.from(bytes).toString())
const shown = (seq: number) => `{"channel":"c1","seq":${seq},"body":"hi ${seq}"}`

test('what is in the LOG comes to be in history, channels and cids', async () => {
  const created = encodeLogRecord({
    type: 'channel',
    event: null,
    channel,
    rev: 1,
    at: 1,
    by: ann,
    change: {
      op: 'created',
      kind: 'group',
      name: 'Tea',
      members: [
        { user: ann, role: 'owner' },
        { user: bob, role: 'member' },
      ],
    },
  })
  const at = await writePack([created, await messageRecord(1), await messageRecord(2)])
  await reached('log', at)
  expect(await history(1, 10)).toEqual([shown(1), shown(2)])
  const list = { user: ann, after: null, limit: 10, positions: [], wait_ms: 0 }
  const { channels, more } = await directory.callStorage(channelsList, list)
  expect(more).toBe(false)
  expect(channels).toMatchObject([{ id: channel, head: 2, rev: 3, members: 2, read: 2, lineage: 9 }])
  const asked = { channel, user: ann, cid: trusted<Cid>('cid2') }
  expect(await directory.callStorage(cidLookup, asked)).toEqual({ found: { seq: 2, at: 2 } })
})

test('no body stands in the clear in any file of the store', async () => {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile())
  const contents = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name))))
  // What must be there is: the search would find it.
  expect(contents.some((bytes) => bytes.includes('cid2'))).toBe(true)
  expect(contents.some((bytes) => bytes.includes('hi 2'))).toBe(false)
})

test('packs written while storage was away, and held by a consumer that died, are taken in at once', async () => {
  await storage.drain()
  await writePack([await messageRecord(3)])
  const at = await writePack([await messageRecord(4)])
  // Another worker was given them and dies without an ack.
  const consumer = await fabric.js.consumers.get(
    streams.pack({ region: 'test', kind: 'log', partition: 0 }),
    PROJECTION,
  )
  const taken = await consumer.fetch({ max_messages: 2, expires: 5_000 })
  for await (const message of taken) if (message.seq === at) break
  storage = await startStorage()
  await reached('log', at)
  expect(await history(3, 4)).toEqual([shown(3), shown(4)])
})

test('a message whose key was destroyed keeps its place without a body', async () => {
  const ghost = trusted<UserId>('ghost')
  const key = await keys.ensure(trusted<UserId>('someone'))
  const event = seal(key, ghost, eventOf(5))
  const cid = trusted<Cid>('cid5')
  const record = {
    type: 'message',
    mentions: NO_MENTIONS,
    thread: 0,
    expires: 0,
    channel,
    rev: 6,
    seq: 5,
    from: ghost,
    device,
    cid,
    at: 5,
    event,
  } as const
  await reached('log', await writePack([encodeLogRecord(record)]))
  const [message] = await history(5, 5)
  expect(JSON.parse(message ?? '')).toMatchObject({ seq: 5, from: 'ghost', deleted: true })
  expect(message).not.toContain('body')
})

test('a registration that stopped half-way goes on with the same name and password', async () => {
  const asked = { name: 'Half', password: 'correct horse', display_name: 'Half Way' }
  // Nobody owns the SYNC partition, so the name is claimed but no profile comes to stand.
  const unfinished = directory.callStorage(accountRegister, asked, { deadlineMs: 10_000 })
  await expect(unfinished).rejects.toMatchObject({ code: 'unavailable' })
  const sync = await createSync({ config: syncConfig({}), fabric, directory, log })
  try {
    const stranger = { ...asked, password: 'another horse' }
    const refused = directory.callStorage(accountRegister, stranger, { deadlineMs: 10_000 })
    await expect(refused).rejects.toMatchObject({ code: 'conflict' })
    const { user } = await directory.callStorage(accountRegister, asked, { deadlineMs: 10_000 })
    expect((await directory.callStorage(usersByName, { name: 'half' })).users).toEqual([user])
  } finally {
    await sync.drain()
  }
})

test('accounts: names are unique whatever their case; tokens rotate; a token used twice ends the log-in', async () => {
  const sync = await createSync({ config: syncConfig({}), fabric, directory, log })
  try {
    const password = 'correct horse'
    const { user } = await directory.callStorage(
      accountRegister,
      { name: 'Ann', password, display_name: null },
      { deadlineMs: 15_000 },
    )
    expect((await directory.callStorage(usersByName, { name: 'aNN' })).users).toEqual([user])
    const again = { name: 'ANN', password, display_name: null }
    await expect(directory.callStorage(accountRegister, again)).rejects.toMatchObject({ code: 'conflict' })
    const page = await directory.callStorage(queuePage, { user: user.id, after: 0 })
    expect(page.oldest).toBe(1)
    expect(page.events.map(({ n, json }) => [n, JSON.parse(Buffer.from(json).toString()).kind])).toEqual([
      [1, 'profile'],
    ])
    const short = { name: 'Ben', password: 'short', display_name: null }
    await expect(directory.callStorage(accountRegister, short)).rejects.toMatchObject({
      code: 'bad_frame',
      message: expect.stringContaining('password'),
    })
    const first = await directory.callStorage(sessionStart, { name: 'ann', password, device })
    expect(first.user).toEqual(user)
    const refresh = (refresh_token: string) => directory.callStorage(sessionRefresh, { refresh_token })
    const second = await refresh(first.refresh_token)
    await expect(refresh(first.refresh_token)).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(refresh(second.refresh_token)).rejects.toMatchObject({ code: 'unauthenticated' })
    const claims = JSON.parse(Buffer.from(first.access_token.split('.')[1] ?? '', 'base64url').toString())
    const revoked = await fabric.kvm.open(buckets.revoked('test'))
    expect((await revoked.get(claims.sid))?.operation).toBe('PUT')
    const third = await directory.callStorage(sessionStart, { name: 'ann', password, device })
    const { sid } = JSON.parse(Buffer.from(third.access_token.split('.')[1] ?? '', 'base64url').toString())
    await directory.callStorage(sessionEnd, { family: sid, user: user.id })
    await expect(refresh(third.refresh_token)).rejects.toMatchObject({ code: 'unauthenticated' })
    const { keys: published } = await directory.callStorage(jwks, {})
    expect(published).toHaveLength(1)
    expect(published[0]).not.toHaveProperty('d')

    const wrong = { name: 'ann', password: 'wrong horse', device }
    const attempt = () => directory.callStorage(sessionStart, wrong)
    for (let i = 0; i < 3; i++) await expect(attempt()).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(attempt()).rejects.toMatchObject({ code: 'rate_limited' })
  } finally {
    await sync.drain()
  }
})

test('a pack that does not follow stops the projection, and nothing of it is shown', async () => {
  const good = previous
  previous = new Uint8Array(16).fill(1)
  const at = await writePack([await messageRecord(6)])
  previous = good
  const waiting = { positions: [{ kind: 'log', partition: 0, pack: at } as const], wait_ms: 1_500 }
  await expect(directory.callStorage(storeReached, waiting)).rejects.toMatchObject({ code: 'unavailable' })
  expect(await history(6, 6)).toEqual([])
  // A worker that begins anew knows the stored digest, and is not taken in either.
  await storage.drain()
  storage = await startStorage()
  await expect(directory.callStorage(storeReached, waiting)).rejects.toMatchObject({ code: 'unavailable' })
  expect(await history(6, 6)).toEqual([])
})
