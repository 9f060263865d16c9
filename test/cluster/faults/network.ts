import { oneOf } from '../../support/random.ts'
import type { Worker } from '../cluster.ts'
import type { NatsCluster } from '../nats-cluster.ts'
import type { Network, Place } from '../network/network.ts'
import type { Fault } from '../target.ts'

/** What can be done to the links of a cluster; nothing where its network is the machine's own. */
export function networkFaults(nats: NatsCluster, workers: readonly Worker[], network: Network): Fault[] {
  if (network.shaping === 'none') return []
  const servers = nats.servers.map(({ node }) => node.place)
  const places = workers.map(({ place }) => place)
  const edges = workers.filter(({ service }) => service === 'edge').map(({ place }) => place)
  const owners = workers.filter(({ service }) => service !== 'edge').map(({ place }) => place)
  const others = (one: Place) => servers.filter((server) => server !== one)
  const cut = (
    name: string,
    from: readonly Place[],
    side: (one: Place) => readonly Place[],
    what: string,
  ): Fault => ({
    name,
    together: true,
    begin: async (random) => {
      const chosen = oneOf(random, from)
      const heal = await network.partition([chosen], side(chosen))
      return { detail: `${chosen.name} is cut off from ${what}`, heal }
    },
  })
  const shaped = (name: 'delay' | 'loss'): Fault => ({
    name,
    together: true,
    begin: async (random) => {
      const chosen = oneOf(random, [...servers, ...places])
      return { detail: `${chosen.name} (${network.shaping})`, heal: await network[name](chosen) }
    },
  })
  return [
    cut('partition-nats', servers, others, 'the other nats-servers'),
    cut(
      'isolate-nats',
      servers,
      (one) => [...others(one), ...places],
      'the other nats-servers and all services',
    ),
    cut('partition-edge', edges, () => servers, 'NATS'),
    cut('partition-worker', owners, () => servers, 'NATS'),
    cut('partition-clients', edges, () => [network.outside], 'its clients'),
    shaped('delay'),
    shaped('loss'),
  ]
}
