import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { oneOf } from '../../support/random.ts'
import type { Worker } from '../cluster.ts'
import type { NatsCluster, NatsServerOf } from '../nats-cluster.ts'
import { type NatsNode, streamFolder } from '../nats-node.ts'
import { untilWhole } from '../probe.ts'
import { jsz } from '../replicas.ts'
import type { BegunFault, Fault } from '../target.ts'

const UP_MS = 60_000
/** From the damaged server's return to the alarm: two looks of the check, and the server's own recovery. */
const ALARM_MS = 30_000
/** Somewhere in a record of a message. */
const FLIPPED_BIT = 0x10

type Parts = {
  readonly nats: NatsCluster
  readonly workers: readonly Worker[]
  readonly streams: readonly string[]
}
type Replica = { readonly server: NatsServerOf; readonly stream: string }

/**
 * Flips a bit in a block file of a follower that is down. Begun once the fabric's alarm has gone off; healed by the
 * repair that the alarm names. What NATS mends by itself (the newest block) is left alone.
 */
export function damageReplica(name: string, parts: Parts): Fault {
  return {
    name,
    together: false,
    begin: async (random): Promise<BegunFault> => {
      const followers = await followersOf(parts)
      const worthwhile = followers.filter(({ server, stream }) => blocksOf(server.node, stream).length > 1)
      if (worthwhile.length === 0)
        return { detail: 'no stream has a second block yet', isVoid: true, heal: async () => undefined }
      const { server, stream } = oneOf(random, worthwhile)
      await server.process.hold()
      try {
        damageBlock(server.node, stream, random)
      } finally {
        server.process.release()
      }
      await untilWhole(() => server.process.missing(), UP_MS)
      await untilWhole(
        async () => ((await isAlarmed(parts, server.node, stream)) ? null : 'no alarm'),
        ALARM_MS,
      )
      return {
        detail: `the replica of ${stream} on ${server.node.name}; the alarm went off`,
        heal: () => repair(parts, { server, stream }),
      }
    },
  }
}

/** As the alarm says: stop that server, delete the stream's folder, start it and let it resync. */
async function repair(parts: Parts, { server, stream }: Replica): Promise<void> {
  await server.process.hold('SIGTERM')
  rmSync(streamFolder(server.node, stream), { recursive: true })
  server.process.release()
  await untilWhole(async () => (await server.process.missing()) ?? parts.nats.missing(), UP_MS)
  await untilWhole(
    async () => ((await isAlarmed(parts, server.node, stream)) ? 'still alarmed' : null),
    ALARM_MS,
  )
}

/** What the storage workers say of a replica in their metrics. */
async function isAlarmed({ workers }: Parts, node: NatsNode, stream: string): Promise<boolean> {
  const label = `{stream="${stream}",server="${new URL(node.monitorUrl).host}"} 1`
  for (const { ops } of workers.filter(({ service }) => service === 'storage')) {
    const text = await (await fetch(`${ops}/metrics`, { signal: AbortSignal.timeout(UP_MS) })).text()
    if (text.includes(`weft_replica_damaged${label}`)) return true
  }
  return false
}

/** All replicas of the pack streams that are no leaders. */
async function followersOf({ nats, streams }: Parts): Promise<Replica[]> {
  const lists = await Promise.all(
    nats.servers.map(async (server) => {
      const held = (await jsz(server.node)).streams
      return held
        .filter(({ name, cluster }) => streams.includes(name) && cluster?.leader !== server.node.name)
        .map(({ name }) => ({ server, stream: name }))
    }),
  )
  return lists.flat()
}

/** Paths of a stream's block files on a node, oldest first. */
function blocksOf(node: NatsNode, stream: string): string[] {
  const folder = join(streamFolder(node, stream), 'msgs')
  return readdirSync(folder)
    .filter((name) => name.endsWith('.blk'))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .map((name) => join(folder, name))
}

/** In the middle of any block but the newest; without its index, as after a crash of the machine. */
function damageBlock(node: NatsNode, stream: string, random: () => number): void {
  const block = oneOf(random, blocksOf(node, stream).slice(0, -1))
  const bytes = readFileSync(block)
  const at = Math.floor(bytes.length / 2)
  bytes.writeUInt8(bytes.readUInt8(at) ^ FLIPPED_BIT, at)
  writeFileSync(block, bytes)
  rmSync(join(streamFolder(node, stream), 'msgs', 'index.db'), { force: true })
}
