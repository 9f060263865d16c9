import { JetStreamApiError } from '@nats-io/jetstream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toJson } from '../../shared/fabric/call.ts'
import {
  profilePut,
  queueHead,
  readMark,
  received,
  recentReads,
  register,
  unregister,
} from '../../shared/fabric/calls.ts'
import { connectFabric, type Fabric } from '../../shared/fabric/connection.ts'
import { Directory } from '../../shared/fabric/directory.ts'
import { KeyRing, seal } from '../../shared/fabric/keyring.ts'
import { decodePack } from '../../shared/fabric/pack.ts'
import { endOfPack, START } from '../../shared/fabric/position.ts'
import { streams, subjects } from '../../shared/fabric/registry.ts'
import { ensureFabric } from '../../shared/fabric/setup.ts'
import {
  type Bundled,
  type BundleEvent,
  decodeBundled,
  encodeBundle,
} from '../../shared/fabric/wire/bundle.ts'
import { decodeEdgeBatch, type EdgeBatch } from '../../shared/fabric/wire/edge-batch.ts'
import type { RegisterEntry } from '../../shared/fabric/wire/register.ts'
import { decodeSyncRecord, type SyncRecord } from '../../shared/fabric/wire/sync-record.ts'
import { createLog } from '../../shared/log/log.ts'
import {
  type ChannelId,
  type DeviceId,
  type EdgeId,
  type SessionId,
  trusted,
  type UserId,
} from '../../shared/protocol/ids.ts'
import type { Service } from '../../shared/service.ts'
import { startTestNats, type TestNats } from '../../test/support/nats.ts'
import { syncConfig } from './config.ts'
import { createSync } from './service.ts'

const log = createLog('test', 'silent')
const edge = trusted<EdgeId>('edge1')
const ann = trusted<UserId>('ann')
const bob = trusted<UserId>('bob')
const channel = trusted<ChannelId>('c1')
const device = trusted<DeviceId>('phone')
const LOG_PARTITION = 0
const LOG_TERM = 5
const LOG_LINEAGE = 77

let nats: TestNats
let fabric: Fabric
let directory: Directory
let keys: KeyRing
let service: Service
let position = START
const batches: EdgeBatch[] = []
const answers: Bundled[] = []
let heard = () => {}
/** Why the owner may accept nothing just now. */
let full: string | null = null

const startSync = () =>
  createSync({
    config: syncConfig({ WEFT_SYNC_BEAT_MS: '50', WEFT_SYNC_READ_MARK_STORE_MS: '50' }),
    fabric,
    directory,
    log,
    accepting: () => full,
  })

/** Waits until what was heard from NATS makes it true; the test's own time limit bounds it. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    await new Promise<void>((resolve) => {
      heard = resolve
    })
  }
}

beforeAll(async () => {
  nats = await startTestNats()
  fabric = await connectFabric(nats.fabric, 'test', log)
  await ensureFabric(fabric, { replicas: 1, partitions: { log: 1, sync: 1 }, streamMaxBytes: -1 }, log)
  directory = await Directory.open(fabric, log)
  keys = await KeyRing.open(fabric)
  fabric.nc.subscribe(subjects.events(fabric.region, edge), {
    callback: (_error, message) => {
      batches.push(decodeEdgeBatch(message.data))
      heard()
    },
  })
  fabric.nc.subscribe(subjects.bundled(fabric.region, LOG_PARTITION, LOG_TERM), {
    callback: (_error, message) => {
      answers.push(decodeBundled(message.data))
      heard()
    },
  })
  service = await startSync()
})

afterAll(async () => {
  await service.drain()
  directory.close()
  await fabric.close()
  await nats.stop()
})

const ask =
  (n: number | null, over: Partial<RegisterEntry> = {}) =>
  async () => {
    const { epoch } = await directory.callOwner(queueHead, 'sync', over.user ?? ann, {
      user: over.user ?? ann,
    })
    const entry: RegisterEntry = {
      session: trusted<SessionId>('s1'),
      user: ann,
      device,
      handle: 4,
      since: 1,
      cursor: n === null ? null : { epoch, n },
      name: null,
      ...over,
    }
    const response = await directory.callOwner(register, 'sync', entry.user, {
      edge,
      incarnation: 1,
      entries: [entry],
    })
    const [result] = response.results
    if (result === undefined) throw new Error('no result')
    return { ...response, ...result }
  }

/** Hands a bundle over as a LOG owner does, and waits for the answer to it. */
async function hand(events: BundleEvent[]): Promise<Bundled> {
  const next = endOfPack(LOG_LINEAGE, position.pack + 1)
  const bytes = encodeBundle({
    logPartition: LOG_PARTITION,
    term: LOG_TERM,
    previous: position,
    position: next,
    events,
  })
  const term = directory.term('sync', 0)
  if (term === undefined) throw new Error('no owner')
  const before = answers.length
  fabric.nc.publish(subjects.bundle(fabric.region, 0, term), bytes)
  await until(() => answers.length > before)
  const answer = answers.at(-1)
  if (answer === undefined) throw new Error('no answer')
  position = answer.position
  return answer
}

async function sealedEvent(text: string, recipients: readonly UserId[]): Promise<BundleEvent> {
  const json = Buffer.from(JSON.stringify({ kind: 'message', text }))
  return { json, sealed: seal(await keys.ensure(bob), bob, json), recipients }
}

async function recordsInStream(): Promise<SyncRecord[]> {
  const records: SyncRecord[] = []
  for (let seq = 1; ; seq++) {
    try {
      const stored = await fabric.jsm.streams.getMessage(
        streams.pack({ region: fabric.region, kind: 'sync', partition: 0 }),
        { seq },
      )
      if (stored === null) return records
      const pack = decodePack(stored.data)
      if (pack.kind === 'records') records.push(...pack.records.map(decodeSyncRecord))
    } catch (error) {
      if (error instanceof JetStreamApiError) return records
      throw error
    }
  }
}

test('a bundle becomes durable, is answered, and reaches the edge of whoever receives it', async () => {
  expect(await ask(null)()).toMatchObject({ status: 'live', head: 0, number: 0 })
  const answer = await hand([await sealedEvent('one', [ann, bob]), await sealedEvent('two', [bob])])
  expect(answer).toMatchObject({ syncPartition: 0, position: endOfPack(LOG_LINEAGE, 1), refused: false })
  await until(() => batches.some(({ beat }) => !beat))
  const batch = batches.find(({ beat }) => !beat)
  expect(batch?.events).toHaveLength(1)
  expect(batch?.events[0]?.to).toEqual([{ handle: 4, n: 1 }])
  const stored = await recordsInStream()
  expect(stored.map((record) => (record.type === 'event' ? record.body.kind : record.type))).toEqual([
    'sealed',
    'sealed',
  ])
})

test('a beat repeats the number of the last message', async () => {
  await until(() => batches.some(({ beat, number }) => beat && number === 1))
})

test('a user of a customer’s token exists from the first use on', async () => {
  const zoe = trusted<UserId>('zoe')
  const over = { user: zoe, session: trusted<SessionId>('s-zoe'), handle: 5, name: 'Zoe' }
  expect(await ask(null, over)()).toMatchObject({ status: 'live', head: 0 })
  await ask(null, over)()
  const profiles = (await recordsInStream()).filter((record) => record.type === 'user')
  expect(profiles).toHaveLength(1)
  expect(profiles[0]).toMatchObject({ user: 'zoe', change: { op: 'profile', name: 'Zoe' } })
})

test('while nothing can be made durable, a new user has to ask again, and the others are served', async () => {
  full = 'the disk is nearly full'
  const neu = trusted<UserId>('neu')
  const over = { user: neu, session: trusted<SessionId>('s-neu'), handle: 6, name: 'Neu' }
  expect(await ask(null, over)()).toMatchObject({ status: 'busy' })
  expect(await ask(0)()).toMatchObject({ status: 'live', head: 1 })
  await expect(
    directory.callOwner(readMark, 'sync', ann, { user: ann, channel, seq: 1 }),
  ).rejects.toMatchObject({
    code: 'unavailable',
  })
  full = null
  expect(await ask(null, over)()).toMatchObject({ status: 'live' })
})

test('read marks and profiles are events of one’s own queue, store or no store', async () => {
  expect(await directory.callOwner(readMark, 'sync', ann, { user: ann, channel, seq: 3 })).toEqual({ seq: 3 })
  expect(await directory.callOwner(readMark, 'sync', ann, { user: ann, channel, seq: 2 })).toEqual({ seq: 3 })
  expect(await directory.callOwner(recentReads, 'sync', ann, { user: ann })).toEqual({
    reads: [{ channel, seq: 3 }],
    threads: [],
  })
  const profile = { id: ann, name: 'ann', display_name: 'Ann', avatar: null }
  const { partition, pack } = await directory.callOwner(profilePut, 'sync', ann, profile)
  expect(partition).toBe(0)
  expect(await directory.callOwner(queueHead, 'sync', ann, { user: ann })).toMatchObject({
    n: 3,
    pack,
    logs: [{ partition: LOG_PARTITION, pack: 1 }],
  })
})

test('the next owner goes on where the last one stood, and opens what lies sealed', async () => {
  const before = batches.length
  await service.drain()
  service = await startSync()
  const answer = await ask(0, { since: 2 })()
  expect(answer).toMatchObject({ status: 'live', head: 3, term: 2, number: 0 })
  const kinds = answer.events.map(({ json }) => JSON.parse(Buffer.from(json).toString()).kind)
  expect(kinds).toEqual(['message', 'read', 'profile'])
  expect(await directory.callOwner(recentReads, 'sync', ann, { user: ann })).toEqual({
    reads: [{ channel, seq: 3 }],
    threads: [],
  })

  expect(await hand([await sealedEvent('three', [ann])])).toMatchObject({
    position: { pack: 2 },
    syncTerm: 2,
  })
  await until(() => batches.slice(before).some(({ events }) => events.length > 0))
  const live = batches.slice(before).flatMap(({ events }) => events.flatMap(({ to }) => to))
  expect(live).toEqual([{ handle: 4, n: 4 }])
})

test('an event whose key is gone keeps its number and loses its content', async () => {
  const json = Buffer.from('{"kind":"message","text":"gone"}')
  const gone = trusted<UserId>('gone')
  const key = await keys.ensure(bob)
  await hand([{ json, sealed: seal(key, gone, json), recipients: [ann] }])
  await service.drain()
  service = await startSync()
  const { events, head } = await ask(4)()
  expect(head).toBe(5)
  expect(events.map((event) => Buffer.from(event.json).toString())).toEqual(['{"kind":"erased"}'])
})

test('an edge whose sessions ended hears nothing more of them', async () => {
  const { epoch, n } = await directory.callOwner(queueHead, 'sync', ann, { user: ann })
  await directory.callOwner(received, 'sync', ann, { user: ann, device, epoch, n })
  const session = trusted<SessionId>('s1')
  await directory.callOwner(unregister, 'sync', ann, {
    edge,
    incarnation: 1,
    sessions: [{ session, user: ann, device, last: true }],
  })
  const before = batches.length
  await hand([await sealedEvent('unheard', [ann])])
  expect(batches.slice(before).filter(({ beat }) => !beat)).toEqual([])
})

test('messages of the wrong shape do no harm', async () => {
  const term = directory.term('sync', 0)
  if (term === undefined) throw new Error('no owner')
  const ref = { region: fabric.region, kind: 'sync', partition: 0 } as const
  fabric.nc.publish(subjects.bundle(fabric.region, 0, term), Buffer.from('rubbish'))
  fabric.nc.publish(subjects.confirmed(ref), toJson({ pack: 'many' }))
  fabric.nc.publish(subjects.edgeAlive(fabric.region), Buffer.from('{'))
  await expect(
    fabric.nc.request(subjects.ownerCall(ref, term, 'register'), Buffer.from('x')),
  ).resolves.toBeDefined()
  expect(await hand([await sealedEvent('after', [ann])])).toMatchObject({ refused: false })
})
