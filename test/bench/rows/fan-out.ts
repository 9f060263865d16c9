import { setTimeout as pause } from 'node:timers/promises'
import { grown, readMetrics } from '../../support/metrics.ts'
import { ClosedLoop } from '../generator/closed-loop.ts'
import { arrive, makeChannels, userName } from '../generator/fleet.ts'
import { SendFrame } from '../generator/send-frame.ts'
import { type Figure, figure, type Row } from '../row.ts'

const SIZES = [10, 100, 1_000, 100_000]
const MESSAGES = 2_000
const IN_FLIGHT = 16
/** Bundles and marks of what was sent stand after this (ms). */
const WRITTEN_MS = 2_500

/** What becomes durable for one message, by the size of its channel. */
export const fanOut: Row = {
  name: 'fan-out',
  title: `durable writes a message in a group of ${SIZES.join(' / ')}`,
  once: true,
  run: async (bench) => {
    const server = await bench.fabric()
    const figures: Record<string, Figure> = {}
    const faults: string[] = []
    const notes: string[] = []
    for (const full of SIZES) {
      const size = Math.max(2, Math.ceil(full * bench.scale))
      const users = Array.from({ length: size }, (_, i) => userName(i))
      const [channel = ''] = await makeChannels(server.target, [{ kind: 'group', users }])
      const clients = await arrive(bench, server.target, [{ user: userName(0) }])
      await pause(WRITTEN_MS)
      const before = await readMetrics(server.ops)
      const senders = clients.map((client) => ({ client, frames: [new SendFrame(channel)] }))
      const load = new ClosedLoop({ clients, senders, recipients: 1, depth: IN_FLIGHT, each: MESSAGES })
      load.start()
      while (load.ledger.acked < MESSAGES) await pause(1)
      await load.settled()
      await pause(WRITTEN_MS)
      const after = await readMetrics(server.ops)
      for (const client of clients) client.cut()
      const each = (name: string, labels = {}) => grown(before, after, name, labels) / MESSAGES
      figures[`${size} members: LOG records`] = figure(each('weft_pack_records_sum', { kind: 'log' }), '')
      figures[`${size} members: SYNC records`] = figure(each('weft_pack_records_sum', { kind: 'sync' }), '')
      figures[`${size} members: queue entries`] = figure(each('weft_queued_total'), '')
      figures[`${size} members: bytes to both logs`] = figure(each('weft_pack_bytes_total'), 'B')
      faults.push(...load.ledger.faults().first)
      if (load.ledger.refused > 0)
        notes.push(`${size} members: ${load.ledger.refused} sends were refused and made anew`)
    }
    return { figures, notes, faults }
  },
}
