import type { Client } from '../generator/client.ts'
import { ClosedLoop } from '../generator/closed-loop.ts'
import { arrive, makeChannels, type Target, userName } from '../generator/fleet.ts'
import type { Sender } from '../generator/load.ts'
import { SendFrame } from '../generator/send-frame.ts'
import { costs, measure, remarks } from '../measure.ts'
import { type Bench, figure, type Row } from '../row.ts'

export const MEMBERS = 100
export const GROUPS = 10
export const SENDERS_A_GROUP = 8
export const IN_FLIGHT = 8

/** Throughput of groups: one message, a hundred queues and a hundred sockets. */
export const group: Row = {
  name: 'group',
  title: `${GROUPS} groups of ${MEMBERS}, ${SENDERS_A_GROUP} of each write, ${IN_FLIGHT} in flight each`,
  run: async (bench) => {
    const server = await bench.fabric()
    const { clients, senders } = await groups(bench, server.target, Math.ceil(GROUPS * bench.scale))
    const load = new ClosedLoop({ clients, senders, recipients: MEMBERS, depth: IN_FLIGHT })
    const measured = await measure(server, load, bench)
    const { used, acked, delivered } = measured
    return {
      figures: {
        deliveries: figure(delivered / used.seconds, '/s'),
        'sends acked': figure(acked / used.seconds, '/s'),
        'server CPU a delivery': figure((used.serverCpuSeconds / delivered) * 1e6, 'µs'),
        ...costs(measured),
      },
      notes: remarks(used),
      faults: load.ledger.faults().first,
    }
  },
}

/** Groups without a common member, all connected; the first few of each write. */
export async function groups(
  bench: Bench,
  target: Target,
  count: number,
): Promise<{ readonly clients: readonly Client[]; readonly senders: readonly Sender[] }> {
  const users = Array.from({ length: count * MEMBERS }, (_, i) => userName(i))
  const plans = Array.from({ length: count }, (_, group) => ({
    kind: 'group' as const,
    users: users.slice(group * MEMBERS, (group + 1) * MEMBERS),
  }))
  const channels = await makeChannels(target, plans)
  const clients = await arrive(
    bench,
    target,
    users.map((user) => ({ user })),
  )
  const senders = channels.flatMap((channel, group) =>
    clients
      .slice(group * MEMBERS, group * MEMBERS + SENDERS_A_GROUP)
      .map((client) => ({ client, frames: [new SendFrame(channel)] })),
  )
  return { clients, senders }
}
