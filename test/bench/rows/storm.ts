import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '../generator/client.ts'
import { ClosedLoop } from '../generator/closed-loop.ts'
import { arrive, makeChannels, type Target, userName } from '../generator/fleet.ts'
import { OpenLoop } from '../generator/open-loop.ts'
import { SendFrame } from '../generator/send-frame.ts'
import { remarks, shares, watchCpu } from '../measure.ts'
import { usageOf } from '../processes.ts'
import { type Bench, figure, type Row } from '../row.ts'
import { latencies } from './latency.ts'
import { PAIR_RECIPIENTS, pairs } from './one-to-one.ts'

const USERS = 10_000
const BEHIND = 20
const GROUP = 100
/** Of a listening socket's backlog: more handshakes at once only wait for the kernel's second try. */
const CONNECTING_AT_ONCE = 500
const LIVE_PAIRS = 20
const LIVE_RATE = 200
const LIVE_WARMUP_MS = 2_000
const SYNCED_LIMIT_MS = 60_000
const LOOK_MS = 5

/** Everybody comes back at once, with messages to catch up on. */
export const storm: Row = {
  name: 'storm',
  title: `${USERS.toLocaleString('en')} users come back at once, each ${BEHIND} messages behind`,
  run: async (bench) => {
    const server = await bench.fabric()
    const { target } = server
    const count = Math.max(1, Math.round((USERS * bench.scale) / GROUP)) * GROUP
    const arrivals = await leaveBehind(bench, target, count)
    // Numbered above those who come back, so that the two never meet.
    const live = await pairs(bench, target, LIVE_PAIRS, count)
    const load = new OpenLoop({ ...live, recipients: PAIR_RECIPIENTS, rate: LIVE_RATE })
    load.start()
    await pause(LIVE_WARMUP_MS)
    let stopCpu = watchCpu(server)
    let began = 0
    load.begin()
    const clients = await arrive(bench, target, arrivals, {
      atOnce: CONNECTING_AT_ONCE,
      onStart: () => {
        stopCpu = watchCpu(server)
        began = performance.now()
      },
    })
    const tookMs = performance.now() - began
    load.end()
    const used = stopCpu()
    load.stop()
    await load.settled()
    const short = clients.filter(({ messages }) => messages !== BEHIND).length
    return {
      figures: {
        'all synced': figure(tookMs / 1000, 's'),
        'server CPU a user': figure((used.serverCpuSeconds / count) * 1e6, 'µs'),
        ...prefixed(latencies(load)),
        'RSS with all': figure(usageOf(server.pids).rssBytes / 1024 ** 2, 'MiB'),
        ...shares(used),
      },
      notes: [...remarks(used), `${LIVE_PAIRS} other pairs wrote ${LIVE_RATE}/s meanwhile`],
      faults: [
        ...load.ledger.faults().first,
        ...(load.ledger.refused > 0 ? [`${load.ledger.refused} sends of the others were refused`] : []),
        ...(short > 0 ? [`${short} users did not get ${BEHIND} messages`] : []),
      ],
    }
  },
}

const prefixed = <T>(figures: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [`others’ ${name}`, value]))

/** Users who were here once, in groups, and what they missed since: where each has to go on from. */
async function leaveBehind(
  bench: Bench,
  target: Target,
  count: number,
): Promise<{ readonly user: string; readonly cursor: string }[]> {
  const users = Array.from({ length: count }, (_, i) => userName(i))
  const plans = Array.from({ length: count / GROUP }, (_, group) => ({
    kind: 'group' as const,
    users: users.slice(group * GROUP, (group + 1) * GROUP),
  }))
  const channels = await makeChannels(target, plans)
  const present = await arrive(
    bench,
    target,
    users.map((user) => ({ user })),
  )
  const arrivals = present.map(({ user, cursor }) => ({ user, cursor }))
  for (const client of present) client.cut()
  await write(bench, target, channels, users)
  return arrivals
}

/** The first of each group writes what the others will have missed; so will they have, on the device that comes back. */
async function write(
  bench: Bench,
  target: Target,
  channels: readonly string[],
  users: readonly string[],
): Promise<void> {
  const writers = channels.map((_, group) => ({ user: users[group * GROUP] ?? '' }))
  const clients = await arrive(bench, target, writers)
  const senders = clients.map((client: Client, group) => ({
    client,
    frames: [new SendFrame(channels[group] ?? '')],
  }))
  const load = new ClosedLoop({ clients, senders, recipients: 1, depth: 1, each: BEHIND })
  load.start()
  const end = performance.now() + SYNCED_LIMIT_MS
  while (!(load.ledger.isSettled && load.ledger.acked === channels.length * BEHIND)) {
    if (performance.now() > end) throw new Error(`the messages to miss were not all acked`)
    await pause(LOOK_MS)
  }
  for (const client of clients) client.cut()
}
