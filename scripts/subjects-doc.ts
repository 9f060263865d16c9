import type { Call } from '../shared/fabric/call.ts'
import { chatCalls, storageCalls, syncCalls } from '../shared/fabric/calls.ts'
import { buckets, OWNER_SERVICE, type PartitionRef, streams, subjects } from '../shared/fabric/registry.ts'
import { BUCKET_TTLS, packStreamSettings, snapshotStreamSettings } from '../shared/fabric/setup.ts'
import { type EdgeId, trusted } from '../shared/protocol/ids.ts'

/** Names in the examples: region `eu`, partition 3, term 7, edge `E`. */
const region = 'eu'
const term = 7
const edge = trusted<EdgeId>('E')
const ref = (kind: PartitionRef['kind']): PartitionRef => ({ region, kind, partition: 3 })

type Row = { readonly example: string; readonly from: string; readonly to: string; readonly what: string }

/** A subject that is added to the registry is missing here until it says who uses it: the types see to that. */
const SUBJECTS: Readonly<Record<keyof typeof subjects, Row>> = {
  pack: {
    example: subjects.pack(ref('log')),
    from: 'the owner of the partition',
    to: 'its stream',
    what: 'Packs of one partition (`log` or `sync`), fenced by the expected sequence',
  },
  packs: {
    example: subjects.packs(region, 'sync'),
    from: 'nobody',
    to: 'setup',
    what: 'All pack subjects of a kind, to find its streams by',
  },
  chatIn: {
    example: subjects.chatIn(region, 3, term),
    from: 'edge',
    to: 'chat',
    what: 'Sends for a LOG partition, one batch a tick',
  },
  typing: {
    example: subjects.typing(region, 3, term),
    from: 'edge',
    to: 'chat',
    what: 'Who types in the channels of a LOG partition, one batch a tick; lost freely',
  },
  bundle: {
    example: subjects.bundle(region, 3, term),
    from: 'chat',
    to: 'sync',
    what: 'Bundles of a LOG owner for a SYNC partition',
  },
  passing: {
    example: subjects.passing(region, 3, term),
    from: 'chat',
    to: 'sync',
    what: 'Events that are kept nowhere (typing), for the live sessions of a SYNC partition’s users; lost freely',
  },
  bundled: {
    example: subjects.bundled(region, 3, term),
    from: 'sync',
    to: 'chat',
    what: 'How far a SYNC partition has taken a LOG partition in',
  },
  answers: {
    example: subjects.answers(region, edge),
    from: 'chat',
    to: 'edge',
    what: 'Answers to sends, one batch a commit',
  },
  events: { example: subjects.events(region, edge), from: 'sync', to: 'edge', what: 'Events and beats' },
  live: {
    example: subjects.live(region, edge),
    from: 'chat',
    to: 'edge',
    what: 'Records of channels that are open there, one batch a commit, and beats',
  },
  presenceIn: {
    example: subjects.presenceIn(region, 3, term),
    from: 'edge',
    to: 'presence',
    what: 'Which users an edge has and how present they are, whom it watches, and a digest of both a second',
  },
  presenceRules: {
    example: subjects.presenceRules(region, 3, term),
    from: 'sync',
    to: 'presence',
    what: 'Users for whom it has changed who may see their presence',
  },
  presenceOut: {
    example: subjects.presenceOut(region, edge),
    from: 'presence',
    to: 'edge',
    what: 'How present the users are that an edge watches; a beat a second',
  },
  edgeAlive: {
    example: subjects.edgeAlive(region),
    from: 'edge',
    to: 'sync',
    what: 'A sign of life a second',
  },
  ownerCall: {
    example: subjects.ownerCall(ref('log'), term, 'channel.info'),
    from: 'edge, storage',
    to: 'chat or sync',
    what: 'A call to the owner of a partition (below)',
  },
  storageCall: {
    example: subjects.storageCall(region, 'users.get'),
    from: 'edge, chat, sync',
    to: 'storage, one of its workers',
    what: 'A call to storage (below)',
  },
  confirmed: {
    example: subjects.confirmed(ref('log')),
    from: 'storage',
    to: 'chat, sync, storage',
    what: 'How far the store has a partition',
  },
  snapshotPage: {
    example: subjects.snapshotPage(ref('log'), 5, 0),
    from: 'the owner of the partition',
    to: 'the snapshot stream',
    what: 'One page of a snapshot, by its generation',
  },
  snapshotPart: {
    example: subjects.snapshotPart(ref('log'), 'b1946ac9'),
    from: 'owners',
    to: 'the snapshot stream',
    what: 'What never changes of a state, once for all the snapshots that name it',
  },
  snapshotHead: {
    example: subjects.snapshotHead(ref('log')),
    from: 'the owner of the partition',
    to: 'the snapshot stream',
    what: 'Which snapshot counts',
  },
  mark: {
    example: subjects.mark(ref('log')),
    from: 'the owner of the partition',
    to: 'the snapshot stream',
    what: 'The newest pack known to be acked: a log that ends before it is damaged',
  },
}

const BUCKETS: Readonly<Record<keyof typeof buckets, string>> = {
  leases:
    'Who owns each partition: `log.<p>`, `sync.<p>`, `presence.<p>`, `project.log.<p>`, `project.sync.<p>`',
  workers: 'Workers alive: `<service>.<worker>`',
  meta: 'How many partitions there are: `slots`',
  keys: 'The keys that bodies are sealed with, a shard of users an entry',
  tickets: 'Single-use stand-ins for access tokens, by their hashes',
  revoked: 'Log-ins that were ended before their token ran out',
}

const CALLS: readonly [string, readonly Pick<Call<never, never>, 'name' | 'idempotent'>[]][] = [
  [`The owner of a LOG partition (${OWNER_SERVICE.log})`, chatCalls],
  [`The owner of a SYNC partition (${OWNER_SERVICE.sync})`, syncCalls],
  ['Storage', storageCalls],
]

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${head.join(' | ')} |`,
  `|${' --- |'.repeat(head.length)}`,
  ...rows.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`),
  '',
]
const code = (text: string) => `\`${text}\``

const settingsTable = (settings: object) =>
  table(
    ['setting', 'value'],
    Object.entries(settings).map(([name, value]) => [code(name), code(JSON.stringify(value))]),
  )

/** Every subject, stream, bucket and call, made from the registry. */
export function subjectsDoc(): string {
  const setup = { replicas: 1, partitions: { log: 1, sync: 1 }, streamMaxBytes: -1 } as const
  return [
    '# Subjects, streams, buckets, calls',
    '',
    'Made from `shared/fabric/registry.ts` and `calls.ts` by `npm run docs`. In the examples the region is `eu`, the',
    'partition 3, the owner’s term 7, the edge `E`. Nothing that a client wrote ever stands in a subject.',
    '',
    '## Subjects',
    '',
    ...table(
      ['name', 'example', 'published by', 'read by', 'what'],
      Object.entries(SUBJECTS).map(([name, { example, from, to, what }]) => [
        name,
        code(example),
        from,
        to,
        what,
      ]),
    ),
    '## Streams',
    '',
    `Each partition has one (${code(streams.pack(ref('log')))}, ${code(streams.pack(ref('sync')))}). \`num_replicas\` is`,
    '`WEFT_REPLICAS`, `max_bytes` is `WEFT_STREAM_MAX_BYTES`:',
    '',
    ...settingsTable(packStreamSettings(ref('log'), setup)),
    'A region has one of snapshots and marks:',
    '',
    ...settingsTable(snapshotStreamSettings(region, 1)),
    '## Buckets',
    '',
    ...table(
      ['bucket', 'entries live', 'what'],
      (Object.keys(BUCKETS) as (keyof typeof buckets)[]).map((name) => [
        code(buckets[name](region)),
        BUCKET_TTLS[name] === 0 ? 'for ever' : `${BUCKET_TTLS[name] / 1_000} s`,
        BUCKETS[name],
      ]),
    ),
    '## Calls',
    '',
    'A call that may be repeated is sent again when no answer comes.',
    '',
    ...CALLS.flatMap(([who, calls]) => [
      `### ${who}`,
      '',
      ...table(
        ['call', 'may be repeated'],
        calls.map(({ name, idempotent }) => [code(name), idempotent ? 'yes' : 'no']),
      ),
    ]),
  ].join('\n')
}
