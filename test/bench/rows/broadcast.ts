import { setTimeout as pause } from 'node:timers/promises'
import { ClosedLoop } from '../generator/closed-loop.ts'
import { arrive, makeChannels, type Target, userName } from '../generator/fleet.ts'
import { inParallel } from '../generator/in-parallel.ts'
import { Listener } from '../generator/listener.ts'
import type { LiveRecords } from '../generator/live-records.ts'
import { SendFrame } from '../generator/send-frame.ts'
import { SseListener } from '../generator/sse-listener.ts'
import { costs, measure, remarks } from '../measure.ts'
import { type Bench, figure, type Row, type Run } from '../row.ts'
import { startYardstick, throughput } from './yardstick.ts'

const SESSIONS = 1_000
const IN_FLIGHT = 16
const OPENING_AT_ONCE = 128
/** For what was published last to come to all (ms). */
const LAST_LIMIT_MS = 10_000
const LOOK_MS = 20

/** What hears a channel live, whatever carries it. */
type Hearer = { readonly records: LiveRecords; cut(): void }
type Open = (target: Target, user: string, channel: string) => Promise<Hearer>

/** One broadcast channel, written once and published by the edge, beside the bare library's publish in the same run. */
export const broadcast: Row = {
  name: 'broadcast',
  title: `a broadcast channel, ${SESSIONS} open sessions, ${IN_FLIGHT} publishes in flight, each durable`,
  run: (bench) => run(bench, (...given) => Listener.open(...given)),
}

export const broadcastSse: Row = {
  name: 'broadcast-sse',
  title: `the same, with sessions over SSE`,
  run: (bench) => run(bench, (...given) => SseListener.open(...given)),
}

async function run(bench: Bench, open: Open): Promise<Run> {
  const count = Math.ceil(SESSIONS * bench.scale)
  const raw = await throughput(bench, await startYardstick(bench), {
    clients: count,
    senders: (index) => index === 0,
    path: () => '/group/all',
    depth: IN_FLIGHT,
  })
  const server = await bench.fabric()
  const [writer = '', ...readers] = Array.from({ length: count + 1 }, (_, i) => userName(i))
  const [channel = ''] = await makeChannels(server.target, [
    { kind: 'broadcast', users: [writer, ...readers] },
  ])
  const clients = await arrive(bench, server.target, [{ user: writer }])
  const listeners = await inParallel(readers, OPENING_AT_ONCE, (user) => open(server.target, user, channel))
  bench.atEnd(() => {
    for (const listener of listeners) listener.cut()
  })
  const senders = clients.map((client) => ({ client, frames: [new SendFrame(channel)] }))
  const load = new Published({ clients, senders, recipients: 1, depth: IN_FLIGHT })
  load.received = () => listeners.reduce((sum, { records }) => sum + records.received, 0)
  const measured = await measure(server, load, bench)
  const { used, acked } = measured
  const delivered = load.receivedAtEnd - load.receivedAtBegin
  await untilAllHave(listeners, load.ledger.acked)
  const rawDeliveries = raw.figures['deliveries']?.value ?? Number.NaN
  return {
    figures: {
      deliveries: figure(delivered / used.seconds, '/s'),
      'raw uWebSockets.js deliveries': figure(rawDeliveries, '/s'),
      'of raw': figure((delivered / used.seconds / rawDeliveries) * 100, '%'),
      'publishes acked': figure(acked / used.seconds, '/s'),
      'server CPU a delivery': figure((used.serverCpuSeconds / delivered) * 1e6, 'µs'),
      ...costs(measured),
    },
    notes: [...remarks(used), ...raw.notes.map((note) => `raw: ${note}`)],
    faults: [...load.ledger.faults().first, ...missing(listeners, load.ledger.acked)],
  }
}

/** Also counts what those who have the channel open heard meanwhile. */
class Published extends ClosedLoop {
  received: () => number = () => 0
  receivedAtBegin = 0
  receivedAtEnd = 0

  override begin(): void {
    super.begin()
    this.receivedAtBegin = this.received()
  }

  override end(): void {
    super.end()
    this.receivedAtEnd = this.received()
  }
}

async function untilAllHave(listeners: readonly Hearer[], acked: number): Promise<void> {
  const end = performance.now() + LAST_LIMIT_MS
  const isMissing = () => listeners.some(({ records }) => records.received < acked)
  while (isMissing() && performance.now() < end) await pause(LOOK_MS)
}

/** Whoever had the channel open has each message that was acked. */
function missing(listeners: readonly Hearer[], acked: number): string[] {
  const faults = listeners.flatMap(({ records: { fault } }) => (fault === null ? [] : [fault]))
  const short = listeners.filter(({ records }) => records.received !== acked).length
  if (short > 0) faults.push(`${short} sessions did not hear each of the ${acked} messages once`)
  return faults.slice(0, 5)
}
