import type { Heal, Network, Place } from './network.ts'
import { stablePort } from './ports.ts'
import { Wires } from './wires.ts'

const HOST = '127.0.0.1'
/** One way, so that an answer is late by twice this (ms). */
const DELAY_MS = 60
/** Of the chunks that a wire carries; each is late by a retransmission. */
const LOSS = 0.05

/** Everything on 127.0.0.1; what two places say to each other goes through a proxy of that pair. */
export async function loopback({ proxied }: { readonly proxied: boolean }): Promise<{
  readonly network: Network
  readonly stop: () => Promise<void>
}> {
  const wires = await Wires.start()
  const place = (name: string): Place => ({
    name,
    host: HOST,
    port: () => stablePort(),
    wrap: (command, args) => [command, ...args],
  })
  const touching = (one: Place): ((from: string, to: string) => boolean) => {
    return (from, to) => from === one.name || to === one.name
  }
  const between = (some: readonly Place[], others: readonly Place[]) => {
    const left = new Set(some.map(({ name }) => name))
    const right = new Set(others.map(({ name }) => name))
    return (from: string, to: string) =>
      (left.has(from) && right.has(to)) || (right.has(from) && left.has(to))
  }
  const network: Network = {
    kind: 'loopback',
    shaping: proxied ? 'proxy' : 'none',
    outside: place('outside'),
    place: async (name) => place(name),
    way: async (from, to, port) => `${HOST}:${proxied ? await wires.add(from.name, to.name, port) : port}`,
    partition: async (some, others): Promise<Heal> => wires.rule(between(some, others), { cut: true }),
    delay: async (one): Promise<Heal> => wires.rule(touching(one), { delayMs: DELAY_MS }),
    loss: async (one): Promise<Heal> => wires.rule(touching(one), { loss: LOSS }),
  }
  return { network, stop: () => wires.stop() }
}
