import type { EdgeId } from '../protocol/ids.ts'

/**
 * Every subject, stream and bucket of the fabric, in one place: the code, the docs and NATS's permissions are made
 * from it. Subjects start with the region; what stands in a subject is a region, a partition, a term, or an id that the
 * fabric made itself: never anything that a client wrote.
 */
export const REGION_PATTERN = /^[a-z][a-z0-9-]{0,15}$/

export type LogKind = 'log' | 'sync'
/** Presence has no log: its partitions are those of SYNC, by the same slots, and are owned by a lease alone. */
export type OwnerKind = LogKind | 'presence'
export type PartitionRef = { readonly region: string; readonly kind: LogKind; readonly partition: number }
/** The service that owns partitions of a kind. */
export const OWNER_SERVICE = { log: 'chat', sync: 'sync', presence: 'presence' } as const

export const subjects = {
  /** Packs of one partition: written by its owner alone, fenced by the expected sequence. */
  pack: ({ region, kind, partition }: PartitionRef) => `${region}.${kind}.${partition}`,
  /** The packs of all partitions of a kind. */
  packs: (region: string, kind: LogKind) => `${region}.${kind}.*`,
  /** Commands of edges for a LOG partition, a batch a tick. */
  chatIn: (region: string, partition: number, term: number) => `${region}.chat.${partition}.${term}.in`,
  /** Who types in the channels of a LOG partition, as edges say, a batch a tick. Any of it may be lost. */
  typing: (region: string, partition: number, term: number) => `${region}.chat.${partition}.${term}.typing`,
  /** Bundles of a LOG owner for a SYNC partition. */
  bundle: (region: string, partition: number, term: number) => `${region}.sync.${partition}.${term}.bundle`,
  /** Events that are kept nowhere, for live sessions of a SYNC partition's users. Any of them may be lost. */
  passing: (region: string, partition: number, term: number) => `${region}.sync.${partition}.${term}.passing`,
  /** Where a SYNC owner answers bundles: the LOG owner that sent them. */
  bundled: (region: string, partition: number, term: number) => `${region}.chat.${partition}.${term}.bundled`,
  /** Answers of LOG owners to one edge, a batch a commit. */
  answers: (region: string, edge: EdgeId) => `${region}.edge.${edge}.answers`,
  /** Events and beats of SYNC owners for one edge. */
  events: (region: string, edge: EdgeId) => `${region}.edge.${edge}.events`,
  /** Records of channels that are open there, and beats, of LOG owners for one edge. */
  live: (region: string, edge: EdgeId) => `${region}.edge.${edge}.live`,
  /** What an edge reports to the owner of a presence partition: its users, whom it watches, and a digest a second. */
  presenceIn: (region: string, partition: number, term: number) =>
    `${region}.presence.${partition}.${term}.in`,
  /** Users for whom who may see their presence has changed, as their SYNC owner says. */
  presenceRules: (region: string, partition: number, term: number) =>
    `${region}.presence.${partition}.${term}.rules`,
  /** What presence owners tell one edge of the users that it watches. */
  presenceOut: (region: string, edge: EdgeId) => `${region}.edge.${edge}.presence`,
  /** Each edge's sign of life, once a second, to all SYNC owners. */
  edgeAlive: (region: string) => `${region}.edges.alive`,
  /** A request to the owner of a partition, by name. */
  ownerCall: ({ region, kind, partition }: PartitionRef, term: number, call: string) =>
    `${region}.${OWNER_SERVICE[kind]}.${partition}.${term}.call.${call}`,
  /** A request to any storage worker, by name. */
  storageCall: (region: string, call: string) => `${region}.storage.call.${call}`,
  /** How far the store has confirmed a partition, after each group of writes. */
  confirmed: ({ region, kind, partition }: PartitionRef) =>
    `${region}.storage.confirmed.${kind}.${partition}`,
  /** Snapshots of a partition's state: pages and the newest complete one's head. */
  snapshotPage: ({ region, kind, partition }: PartitionRef, generation: number, page: number) =>
    `${region}.snapshot.${kind}.${partition}.${generation}.${page}`,
  /** Part of a state that never changes: written once, named by each snapshot that holds it. */
  snapshotPart: ({ region, kind, partition }: PartitionRef, id: string) =>
    `${region}.snapshot.${kind}.${partition}.part.${id}.0`,
  /** The newest pack known to be acked, kept outside the partition's own stream. */
  mark: ({ region, kind, partition }: PartitionRef) => `${region}.snapshot.${kind}.${partition}.mark`,
  snapshotHead: ({ region, kind, partition }: PartitionRef) => `${region}.snapshot.${kind}.${partition}.head`,
} as const

export const streams = {
  pack: ({ region, kind, partition }: PartitionRef) => `${kind.toUpperCase()}-${region}-${partition}`,
  snapshots: (region: string) => `SNAPSHOT-${region}`,
} as const

export const buckets = {
  /** Who owns each partition: keys `log.<p>`, `sync.<p>`, `presence.<p>`, `project.log.<p>`, `project.sync.<p>`. Memory, TTL. */
  leases: (region: string) => `weft-leases-${region}`,
  /** Workers alive: keys `<service>.<worker>`, so that each holds its share of partitions. Memory, TTL. */
  workers: (region: string) => `weft-workers-${region}`,
  /** Slot tables and partition counts: key `slots`. */
  meta: (region: string) => `weft-meta-${region}`,
  /** The keys that bodies are sealed with, a shard of users an entry. */
  keys: (region: string) => `weft-keys-${region}`,
  /** Log-ins that were ended before their token ran out: keys are session families. TTL. */
  revoked: (region: string) => `weft-revoked-${region}`,
  /** Single-use stand-ins for access tokens: keys are hashes of tickets. TTL. */
  tickets: (region: string) => `weft-tickets-${region}`,
} as const

/** No message of the fabric is larger (bytes). */
export const MAX_MESSAGE_BYTES = 512 * 1024
/** Bundles, catch-up pages and snapshot pages are cut at this (bytes). */
export const MAX_PAGE_BYTES = 256 * 1024
