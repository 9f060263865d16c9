import { setTimeout as pause } from 'node:timers/promises'
import type { Load } from '../generator/load.ts'
import { OpenLoop } from '../generator/open-loop.ts'
import { type Bench, type Figure, figure, type Row } from '../row.ts'
import { startServices } from '../services.ts'
import { PAIR_RECIPIENTS, pairs } from './one-to-one.ts'

const PAIRS = 20
const RATE = 200
const ACKED_LIMIT_MS = 60_000
const LOOK_MS = 1

/** An owner is killed while another worker stands by: how long nothing is acked. */
export const takeOver: Row = {
  name: 'take-over',
  title: `kill -9 of the worker that owns the partition, another stands by, ${RATE}/s meanwhile`,
  run: async (bench) => {
    const services = await startServices(bench)
    const parties = await pairs(bench, services.target, PAIRS)
    await services.start('chat')
    await services.start('sync')
    const load = new OpenLoop({ ...parties, recipients: PAIR_RECIPIENTS, rate: RATE })
    load.start()
    const chat = await untilAcked(bench, load, () => process.kill(services.pidOf('chat'), 'SIGKILL'))
    const sync = await untilDelivered(bench, load, () => process.kill(services.pidOf('sync'), 'SIGKILL'))
    load.stop()
    await load.settled()
    const { refused, sent } = load.ledger
    return {
      figures: { 'chat: first ack after': chat, 'sync: first delivery after': sync },
      notes: [`${refused} of ${sent} sends were answered unavailable`],
      faults: load.ledger.faults().first,
    }
  },
}

/** From the act to the ack of a message that was sent after it. */
export function untilAcked(bench: Bench, load: Load, act: () => unknown): Promise<Figure> {
  return after(bench, load, act, () => load.ledger.newestAcked)
}

/** From the act to when a message that was sent after it has come to everyone. */
export function untilDelivered(bench: Bench, load: Load, act: () => unknown): Promise<Figure> {
  return after(bench, load, act, () => load.ledger.newestCompleted)
}

async function after(
  { warmupSeconds }: Pick<Bench, 'warmupSeconds'>,
  { ledger }: Load,
  act: () => unknown,
  newest: () => number,
): Promise<Figure> {
  await pause(warmupSeconds * 1000)
  await act()
  const before = ledger.sent
  const began = performance.now()
  while (newest() < before) {
    if (performance.now() - began > ACKED_LIMIT_MS) throw new Error('nobody took over')
    await pause(LOOK_MS)
  }
  return figure(performance.now() - began, 'ms')
}
