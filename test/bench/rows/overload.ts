import { ClosedLoop } from '../generator/closed-loop.ts'
import type { Load, LoadOptions } from '../generator/load.ts'
import { OpenLoop } from '../generator/open-loop.ts'
import { type Measurement, measure, remarks, shares } from '../measure.ts'
import { type Bench, figure, type Row, type Run } from '../row.ts'
import type { Server } from '../server.ts'
import * as group from './group.ts'
import { quantiles } from './latency.ts'
import * as oneToOne from './one-to-one.ts'

const TIMES_CAPACITY = 2

/** Twice what it can do is offered: what still gets through, and what becomes of the rest. */
export const overload: Row = {
  name: 'overload',
  title: `${group.GROUPS} groups of ${group.MEMBERS}, offered ${TIMES_CAPACITY} times what they can do`,
  run: async (bench) => {
    const server = await bench.fabric()
    const parties = await group.groups(bench, server.target, Math.ceil(group.GROUPS * bench.scale))
    return overloaded(bench, server, { ...parties, recipients: group.MEMBERS }, group.IN_FLIGHT)
  },
}

export const overloadOneToOne: Row = {
  name: 'overload-one-to-one',
  title: `1:1, ${oneToOne.PAIRS} pairs, offered ${TIMES_CAPACITY} times what they can do`,
  run: async (bench) => {
    const server = await bench.fabric()
    const parties = await oneToOne.pairs(bench, server.target, Math.ceil(oneToOne.PAIRS * bench.scale))
    const recipients = oneToOne.PAIR_RECIPIENTS
    return overloaded(bench, server, { ...parties, recipients }, oneToOne.IN_FLIGHT)
  },
}

async function overloaded(bench: Bench, server: Server, parties: LoadOptions, depth: number): Promise<Run> {
  const faults: string[] = []
  const capacity = async () => {
    const closed = new ClosedLoop({ ...parties, depth })
    const { completed, used } = await measure(server, closed, bench)
    faults.push(...closed.ledger.faults().first.map((fault) => `at its best: ${fault}`))
    return completed / used.seconds
  }
  const before = await capacity()
  const load: Load = new OpenLoop({ ...parties, rate: before * TIMES_CAPACITY })
  const over = await measure(server, load, bench)
  // The same program gets faster while it runs: it is held to the better of both.
  const bestRate = Math.max(before, await capacity())
  const perSecond = (of: (measured: Measurement) => number) => of(over) / over.used.seconds
  const { ledger } = load
  const others = [...ledger.refusals].filter(([code]) => code !== 'unavailable')
  return {
    figures: {
      'its best': figure(bestRate, '/s'),
      offered: figure(
        perSecond(({ sent }) => sent),
        '/s',
      ),
      'acked and delivered': figure(
        perSecond(({ completed }) => completed),
        '/s',
      ),
      'share of its best': figure((perSecond(({ completed }) => completed) / bestRate) * 100, '%'),
      'answered unavailable': figure(
        perSecond(({ refused }) => refused),
        '/s',
      ),
      'never answered': figure(ledger.unanswered, ''),
      'store behind by': figure(over.storeBehindSeconds, 's'),
      ...quantiles('ack', load.ackLatency),
      ...shares(over.used),
    },
    notes: [
      ...remarks(over.used),
      ...others.map(([code, times]) => `${times} sends were answered ${code}, not unavailable`),
    ],
    faults: [...faults, ...ledger.faults().first],
  }
}
