import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ClosedLoop } from '../generator/closed-loop.ts'
import { arrive, makeChannels, userName } from '../generator/fleet.ts'
import type { LoadOptions } from '../generator/load.ts'
import { SendFrame } from '../generator/send-frame.ts'
import { measure, remarks } from '../measure.ts'
import { usageOf } from '../processes.ts'
import { type Bench, type Figure, figure, type Row, type Run } from '../row.ts'
import { type Server, startFabric } from '../server.ts'
import { IN_FLIGHT, PAIR_RECIPIENTS, pairs } from './one-to-one.ts'

const PAIRS = 200
const WRITERS = 100
const MEMBERS_A_CALL = 1_000
const MIB = 1024 * 1024
/** So that a snapshot stands by the end of a short measurement. */
const SNAPSHOT_PACKS = '20'

type Variant = {
  readonly name: string
  readonly env?: Readonly<Record<string, string>>
  /** What is there before the load, and the load's parties. */
  readonly prepare: (bench: Bench, server: Server) => Promise<LoadOptions>
}

/** What grows with the number of partitions, of channels, of users: nothing should that needn't. */
const scalingOf = (what: string, title: string, variants: readonly Variant[]): Row => ({
  name: `scaling-${what}`,
  title: `1:1 closed loop, ${title}`,
  once: true,
  run: async (bench) => {
    const runs: Run[] = []
    for (const variant of variants) runs.push(await runVariant(bench, variant))
    return {
      figures: Object.assign({}, ...runs.map(({ figures }) => figures)) as Record<string, Figure>,
      notes: runs.flatMap(({ notes }) => notes),
      faults: runs.flatMap(({ faults }) => faults),
    }
  },
})

async function runVariant(bench: Bench, { name, env, prepare }: Variant): Promise<Run> {
  const data = await bench.folder()
  const start = () =>
    startFabric({ data, nodeArgs: bench.nodeArgs, env: { WEFT_SNAPSHOT_PACKS: SNAPSHOT_PACKS, ...env } })
  const server = await start()
  bench.atEnd(() => server.stop())
  const parties = await prepare(bench, server)
  const load = new ClosedLoop({ ...parties, depth: IN_FLIGHT })
  const measured = await measure(server, load, bench)
  const { used, acked, completed } = measured
  const rss = usageOf(server.pids).rssBytes
  const snapshotBytes = await bytesOfSnapshots(data)
  await server.stop()
  const again = await start()
  await again.stop()
  const named = (what: string) => `${name}: ${what}`
  return {
    figures: {
      [named('acked and delivered')]: figure(completed / used.seconds, '/s'),
      [named('server CPU a message')]: figure((used.serverCpuSeconds / acked) * 1e6, 'µs'),
      [named('RSS of all')]: figure(rss / MIB, 'MiB'),
      [named('snapshots on disk')]: figure(snapshotBytes / MIB, 'MiB'),
      [named('start again')]: figure(again.startMs / 1000, 's'),
    },
    notes: remarks(used).map(named),
    faults: load.ledger.faults().first.map(named),
  }
}

/** What the stream of snapshots takes on disk, what was purged and is not yet given back included. */
async function bytesOfSnapshots(data: string): Promise<number> {
  const files = await readdir(join(data, 'nats'), { recursive: true, withFileTypes: true })
  const sizes = files
    .filter((file) => file.isFile() && file.parentPath.includes('/SNAPSHOT-'))
    .map(async (file) => (await stat(join(file.parentPath, file.name))).size)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

const pairsOnly = async (bench: Bench, { target }: Server): Promise<LoadOptions> => ({
  ...(await pairs(bench, target, PAIRS)),
  recipients: PAIR_RECIPIENTS,
})

const partitions = (count: number): Variant => ({
  name: `${count} partitions`,
  env: { WEFT_LOG_PARTITIONS: String(count), WEFT_SYNC_PARTITIONS: String(count) },
  prepare: pairsOnly,
})

/** Each of 100 writes to the same number of the other 100 in turn. */
const channels = (count: number): Variant => ({
  name: `${count.toLocaleString('en')} channels`,
  prepare: async (bench, { target }) => {
    const users = Array.from({ length: WRITERS * 2 }, (_, i) => userName(i))
    const plans = Array.from({ length: Math.ceil(count * bench.scale) }, (_, i) => {
      const writer = i % WRITERS
      const partner = (writer + Math.floor(i / WRITERS)) % WRITERS
      return { kind: 'direct' as const, users: [users[writer] ?? '', users[WRITERS + partner] ?? ''] }
    })
    const ids = await makeChannels(target, plans)
    const clients = await arrive(
      bench,
      target,
      users.map((user) => ({ user })),
    )
    const senders = clients.slice(0, WRITERS).map((client, writer) => ({
      client,
      frames: ids.flatMap((id, i) => (i % WRITERS === writer ? [new SendFrame(id)] : [])),
    }))
    return { clients, senders, recipients: PAIR_RECIPIENTS }
  },
})

/** So many users exist and have a queue, because somebody made them members of something. */
const knownUsers = (count: number): Variant => ({
  name: `${count.toLocaleString('en')} users`,
  prepare: async (bench, server) => {
    const length = Math.max(0, Math.ceil(count * bench.scale) - PAIRS * 2)
    const others = Array.from({ length }, (_, i) => userName(PAIRS * 2 + i))
    const plans = Array.from({ length: Math.ceil(others.length / MEMBERS_A_CALL) }, (_, group) => ({
      kind: 'group' as const,
      users: ['owner', ...others.slice(group * MEMBERS_A_CALL, (group + 1) * MEMBERS_A_CALL)],
    }))
    await makeChannels(server.target, plans)
    return pairsOnly(bench, server)
  },
})

export const scaling: readonly Row[] = [
  scalingOf('partitions', 'by partitions of each log', [partitions(1), partitions(4), partitions(16)]),
  scalingOf('channels', `by channels of ${WRITERS} writers`, [channels(100), channels(10_000)]),
  scalingOf('users', 'by users that the fabric knows', [knownUsers(1_000), knownUsers(100_000)]),
]
