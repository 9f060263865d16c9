import {
  AckPolicy,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream'
import type { KV } from '@nats-io/kv'
import type { Log } from '../log/log.ts'
import { fromJson, toJson } from './call.ts'
import type { Fabric } from './connection.ts'
import { metaShape } from './directory.ts'
import { buckets, type LogKind, type PartitionRef, streams, subjects } from './registry.ts'

export type SetupConfig = {
  readonly replicas: 1 | 3 | 5
  /** Used when the fabric is first made; a fabric that exists keeps its own counts. */
  readonly partitions: { readonly log: number; readonly sync: number }
  /** Bytes a pack stream may hold before sends answer `unavailable`; -1 = what the disk gives. */
  readonly streamMaxBytes: number
}

/** A lease lives this long without renewal (ms): long enough for a pause, short enough to be back within seconds. */
export const LEASE_TTL_MS = 2_000
/** Revocations outlive every access token that they concern (ms). */
export const REVOKED_TTL_MS = 24 * 60 * 60 * 1000
/** A ticket that isn't used is forgotten after this (ms). */
export const TICKET_TTL_MS = 30_000
/** How long an entry of each bucket lives unless it is written again (ms); 0 = for ever. */
export const BUCKET_TTLS: Readonly<Record<keyof typeof buckets, number>> = {
  leases: LEASE_TTL_MS,
  workers: LEASE_TTL_MS,
  meta: 0,
  keys: 0,
  revoked: REVOKED_TTL_MS,
  tickets: TICKET_TTL_MS,
}
const DEDUPE_WINDOW_MS = 1_000
const NANOS_A_MS = 1_000_000
/** The server's own default. */
const BUCKET_DEDUPE_NANOS = 120_000 * NANOS_A_MS
/** Of a consumer with other settings. */
const CONSUMER_EXISTS = 10148
const STREAM_NOT_FOUND = 10059

/** The durable consumer through which the store follows a partition. */
export const PROJECTION = 'storage'
/** Packs given to a projection that it has not acked: those that gather before a group, at the highest rate of packs. */
export const PROJECTION_AHEAD_PACKS = 1_024

/** The fabric isn't what this program was told, and making it so could lose data: an operator has to look. */
export class SetupRefused extends Error {
  override readonly name = 'SetupRefused'
}

/**
 * Creates what is missing and brings settings up to date, never destructively. Safe to run from many services at once.
 * @throws SetupRefused if partition counts differ, or a stream that existed is gone.
 */
export async function ensureFabric(fabric: Fabric, config: SetupConfig, log: Log): Promise<void> {
  const { region } = fabric
  const replicas = config.replicas
  await ensureBucket(fabric, buckets.leases(region), replicas, BUCKET_TTLS.leases)
  await ensureBucket(fabric, buckets.workers(region), replicas, BUCKET_TTLS.workers)
  await ensureBucket(fabric, buckets.keys(region), replicas, BUCKET_TTLS.keys)
  await ensureBucket(fabric, buckets.revoked(region), replicas, BUCKET_TTLS.revoked)
  await ensureBucket(fabric, buckets.tickets(region), replicas, BUCKET_TTLS.tickets)
  await ensureStream(fabric.jsm, snapshotStreamSettings(region, replicas))

  const meta = await ensureBucket(fabric, buckets.meta(region), replicas, BUCKET_TTLS.meta)
  // Another process may be making the same fabric: whoever writes the table first has decided, and the rest is checked by it.
  let existing = await readCounts(meta)
  if (existing === null) {
    const used = await usedPackStream(fabric)
    existing = await readCounts(meta)
    if (existing === null && used !== null) {
      throw new SetupRefused(
        `the slot table in ${buckets.meta(region)} is gone, but stream ${used} holds data: restore the bucket before starting`,
      )
    }
  }
  if (existing !== null) refuseOtherCounts(existing, config.partitions)
  const refs = (['log', 'sync'] as const).flatMap((kind) =>
    partitionRefs(region, kind, config.partitions[kind]),
  )
  for (const ref of refs) await ensurePartition(fabric, ref, config, existing !== null)
  if (existing !== null) return
  try {
    await meta.create('slots', toJson({ partitions: config.partitions }))
    log.info({ partitions: config.partitions, replicas }, 'made a new fabric')
  } catch (error) {
    const agreed = await readCounts(meta)
    if (agreed === null) throw error
    refuseOtherCounts(agreed, config.partitions)
  }
}

type Counts = SetupConfig['partitions']

async function readCounts(meta: KV): Promise<Counts | null> {
  const entry = await meta.get('slots')
  return entry === null ? null : metaShape.parse(fromJson(entry.value)).partitions
}

function refuseOtherCounts(existing: Counts, wanted: Counts): void {
  if (existing.log === wanted.log && existing.sync === wanted.sync) return
  throw new SetupRefused(
    `this fabric has ${existing.log} LOG and ${existing.sync} SYNC partitions, the configuration says ` +
      `${wanted.log} and ${wanted.sync}: set WEFT_LOG_PARTITIONS and WEFT_SYNC_PARTITIONS back`,
  )
}

/** The name of a pack stream that was ever written to; null if there is none. */
async function usedPackStream({ jsm, region }: Fabric): Promise<string | null> {
  for (const kind of ['log', 'sync'] as const) {
    for await (const { config, state } of jsm.streams.list(subjects.packs(region, kind)))
      if (state.last_seq > 0) return config.name
  }
  return null
}

/** Makes the bucket, or gives the one that exists its present TTL and replicas. */
async function ensureBucket(fabric: Fabric, name: string, replicas: number, ttlMs: number): Promise<KV> {
  const options = { history: 1, replicas, storage: StorageType.File, ...(ttlMs === 0 ? {} : { ttl: ttlMs }) }
  const bucket = await fabric.kvm.create(name, options)
  const stream = `KV_${name}`
  const { config } = await fabric.jsm.streams.info(stream)
  const maxAge = ttlMs * NANOS_A_MS
  if (config.max_age === maxAge && config.num_replicas === replicas) return bucket
  await fabric.jsm.streams.update(stream, {
    max_age: maxAge,
    num_replicas: replicas,
    // A stream may not remember duplicates for longer than it keeps messages.
    duplicate_window: maxAge === 0 ? BUCKET_DEDUPE_NANOS : Math.min(maxAge, BUCKET_DEDUPE_NANOS),
  })
  return bucket
}

async function ensurePartition(
  fabric: Fabric,
  ref: PartitionRef,
  config: SetupConfig,
  mustExist: boolean,
): Promise<void> {
  const wanted = packStreamSettings(ref, config)
  if (mustExist && !(await streamExists(fabric.jsm, wanted.name))) {
    throw new SetupRefused(
      `stream ${wanted.name} existed and is gone: restore it (or its replicas) before starting; it is never made anew`,
    )
  }
  await ensureStream(fabric.jsm, wanted)
  await ensureProjection(fabric.jsm, wanted.name)
}

async function ensureProjection(jsm: JetStreamManager, stream: string): Promise<void> {
  const changeable = {
    ack_wait: 30_000_000_000,
    max_ack_pending: PROJECTION_AHEAD_PACKS,
    inactive_threshold: 0,
  }
  try {
    await jsm.consumers.add(stream, { durable_name: PROJECTION, ack_policy: AckPolicy.All, ...changeable })
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== CONSUMER_EXISTS) throw error
    // It was made with other settings: its place stays.
    await jsm.consumers.update(stream, PROJECTION, changeable)
  }
}

type NamedStream = Partial<StreamConfig> & { readonly name: string; readonly subjects: string[] }

const common = (replicas: number) => ({
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  num_replicas: replicas,
  // Old messages are never dropped to make room: a full stream says so.
  discard: DiscardPolicy.New,
  max_age: 0,
  max_msgs: -1,
  duplicate_window: DEDUPE_WINDOW_MS * 1_000_000,
  allow_direct: true,
})

/** Of each partition's own stream. */
export const packStreamSettings = (ref: PartitionRef, config: SetupConfig): NamedStream => ({
  ...common(config.replicas),
  name: streams.pack(ref),
  subjects: [subjects.pack(ref)],
  max_bytes: config.streamMaxBytes,
  deny_delete: true,
})

export const snapshotStreamSettings = (region: string, replicas: number): NamedStream => ({
  ...common(replicas),
  name: streams.snapshots(region),
  subjects: [`${region}.snapshot.>`],
  max_msgs_per_subject: 1,
  discard: DiscardPolicy.Old,
  max_bytes: -1,
})

async function streamExists(jsm: JetStreamManager, name: string): Promise<boolean> {
  try {
    await jsm.streams.info(name)
    return true
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return false
    throw error
  }
}

async function ensureStream(jsm: JetStreamManager, wanted: NamedStream): Promise<void> {
  if (await streamExists(jsm, wanted.name)) {
    await jsm.streams.update(wanted.name, wanted)
    return
  }
  await jsm.streams.add(wanted)
}

export const partitionRefs = (region: string, kind: LogKind, partitions: number): PartitionRef[] =>
  Array.from({ length: partitions }, (_, partition) => ({ region, kind, partition }))
