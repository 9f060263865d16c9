import type { Load } from '../generator/load.ts'
import { OpenLoop } from '../generator/open-loop.ts'
import type { Histogram } from '../histogram.ts'
import { costs, measure, remarks } from '../measure.ts'
import { type Figure, figure, type Row } from '../row.ts'
import { PAIR_RECIPIENTS, pairs } from './one-to-one.ts'

const PAIRS = 200
const RATE = 1_000
const MICROS = 1_000

/** What one waits for at a load far from the limit. */
export const latency: Row = {
  name: 'latency',
  title: `1:1 at ${RATE.toLocaleString('en')}/s over ${PAIRS} pairs, from the intended time of each send`,
  run: async (bench) => {
    const server = await bench.fabric()
    const { clients, senders } = await pairs(bench, server.target, Math.ceil(PAIRS * bench.scale))
    const load = new OpenLoop({ clients, senders, recipients: PAIR_RECIPIENTS, rate: RATE })
    const measured = await measure(server, load, bench)
    const { sent, acked, used } = measured
    const missed = load.ledger.refused
    return {
      figures: {
        ...latencies(load),
        'sent and acked': figure(acked / used.seconds, '/s'),
        ...costs(measured),
      },
      notes: [...remarks(used), ...(missed > 0 ? [`${missed} of ${sent} sends were refused`] : [])],
      faults: load.ledger.faults().first,
    }
  },
}

/** Of both ways: to the sender's ack, and to the others' sockets. */
export const latencies = ({ ackLatency, deliveryLatency }: Load): Record<string, Figure> => ({
  ...quantiles('ack', ackLatency),
  ...quantiles('end to end', deliveryLatency),
})

export const quantiles = (what: string, histogram: Histogram): Record<string, Figure> => ({
  [`${what} p50`]: figure(histogram.quantile(0.5) / MICROS, 'ms'),
  [`${what} p99`]: figure(histogram.quantile(0.99) / MICROS, 'ms'),
  [`${what} p99.9`]: figure(histogram.quantile(0.999) / MICROS, 'ms'),
  [`${what} max`]: figure(histogram.max / MICROS, 'ms'),
})
