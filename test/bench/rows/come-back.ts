import { setTimeout as pause } from 'node:timers/promises'
import { ClosedLoop } from '../generator/closed-loop.ts'
import { arrive, makeChannels, type Target, userName } from '../generator/fleet.ts'
import { SendFrame } from '../generator/send-frame.ts'
import { type Bench, type Figure, figure, type Row } from '../row.ts'

const SIZES = [10, 1_000, 10_000]
const MISSED = 5
const TIMES = 5
/** A mark of a new head is written once a second at most; those of what was missed stand after this (ms). */
const MARKED_MS = 2_500
const KINDS = { queued: 'group', read: 'broadcast' } as const

/** What a client pays to be back, by the number of its channels: it should not depend on that. */
export const comeBack: Row = {
  name: 'come-back',
  title: `back after ${MISSED} missed messages, in ${SIZES.join(' / ')} channels`,
  once: true,
  run: async (bench) => {
    const figures: Record<string, Figure> = {}
    const faults: string[] = []
    const server = await bench.fabric()
    let user = 0
    for (const size of SIZES) {
      for (const [name, kind] of Object.entries(KINDS)) {
        const count = Math.max(MISSED, Math.ceil(size * bench.scale))
        const found = await missed(bench, server.target, kind, count, user)
        user += 2
        figures[`${size} channels, ${name}: bytes`] = figure(found.bytes, 'B')
        figures[`${size} channels, ${name}: time`] = figure(found.ms, 'ms')
        faults.push(...found.faults)
      }
    }
    return { figures, notes: [], faults }
  },
}

async function missed(
  bench: Bench,
  target: Target,
  kind: 'group' | 'broadcast',
  count: number,
  first: number,
) {
  const writer = userName(first)
  const reader = userName(first + 1)
  const plans = Array.from({ length: count }, () => ({ kind, users: [writer, reader] }))
  const channels = await makeChannels(target, plans)
  const [before] = await arrive(bench, target, [{ user: reader }])
  const cursor = before?.cursor ?? ''
  before?.cut()
  const clients = await arrive(bench, target, [{ user: writer }])
  const step = Math.floor(count / MISSED)
  const frames = Array.from({ length: MISSED }, (_, i) => new SendFrame(channels[i * step] ?? ''))
  const senders = clients.map((client) => ({ client, frames }))
  const load = new ClosedLoop({ clients, senders, recipients: 1, depth: 1, each: MISSED })
  load.start()
  while (load.ledger.acked < MISSED) await pause(1)
  await load.settled()
  await pause(MARKED_MS)
  const times: number[] = []
  let bytes = 0
  const faults = [...load.ledger.faults().first]
  for (let time = 0; time < TIMES; time++) {
    const began = performance.now()
    const [client] = await arrive(bench, target, [{ user: reader, cursor }])
    times.push(performance.now() - began)
    bytes = client?.bytes ?? 0
    const told = kind === 'group' ? client?.messages : client?.passing
    if (told !== MISSED) faults.push(`${count} channels, ${kind}: told ${told} of ${MISSED} missed`)
    client?.cut()
  }
  return { bytes, ms: times.sort((a, b) => a - b)[Math.floor(TIMES / 2)] ?? Number.NaN, faults }
}
