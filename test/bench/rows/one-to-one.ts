import type { Client } from '../generator/client.ts'
import { ClosedLoop } from '../generator/closed-loop.ts'
import { arrive, makeChannels, type Target, userName } from '../generator/fleet.ts'
import type { Sender } from '../generator/load.ts'
import { SendFrame } from '../generator/send-frame.ts'
import { costs, measure, remarks } from '../measure.ts'
import { type Bench, figure, type Row } from '../row.ts'

export const PAIRS = 200
export const IN_FLIGHT = 8
/** The other one, and the sender's own queue. */
export const PAIR_RECIPIENTS = 2

/** Throughput of direct channels: the first of each pair writes, both are connected. */
export const oneToOne: Row = {
  name: 'one-to-one',
  title: `1:1, ${PAIRS} pairs, ${IN_FLIGHT} in flight each`,
  run: async (bench) => {
    const server = await bench.fabric()
    const { clients, senders } = await pairs(bench, server.target, Math.ceil(PAIRS * bench.scale))
    const load = new ClosedLoop({ clients, senders, recipients: PAIR_RECIPIENTS, depth: IN_FLIGHT })
    const measured = await measure(server, load, bench)
    return {
      figures: {
        'acked and delivered': figure(measured.completed / measured.used.seconds, '/s'),
        ...costs(measured),
      },
      notes: remarks(measured.used),
      faults: load.ledger.faults().first,
    }
  },
}

/** Pairs of connected users with a channel each, and who of them writes. */
export async function pairs(
  bench: Bench,
  target: Target,
  count: number,
  first = 0,
): Promise<{ readonly clients: readonly Client[]; readonly senders: readonly Sender[] }> {
  const users = Array.from({ length: count * 2 }, (_, i) => userName(first + i))
  const plans = Array.from({ length: count }, (_, pair) => ({
    kind: 'direct' as const,
    users: users.slice(pair * 2, pair * 2 + 2),
  }))
  const channels = await makeChannels(target, plans)
  const clients = await arrive(
    bench,
    target,
    users.map((user) => ({ user })),
    { firstIndex: first },
  )
  const senders = channels.flatMap((channel, pair) => {
    const client = clients[pair * 2]
    return client === undefined ? [] : [{ client, frames: [new SendFrame(channel)] }]
  })
  return { clients, senders }
}
