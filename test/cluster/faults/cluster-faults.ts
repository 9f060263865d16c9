import type { Worker } from '../cluster.ts'
import type { Ground } from '../ground.ts'
import type { NatsCluster, NatsServerOf } from '../nats-cluster.ts'
import type { Fault } from '../target.ts'
import { damageReplica } from './damage.ts'
import { diskFull } from './disk.ts'
import { stepDown } from './leaders.ts'
import { networkFaults } from './network.ts'
import { killed, paused, rolling } from './processes.ts'

const READY_MS = 30_000

type Parts = {
  readonly nats: NatsCluster
  readonly workers: readonly Worker[]
  readonly ground: Ground
  readonly streams: readonly string[]
}

/** Everything that can be done to a cluster here. */
export function clusterFaults({ nats, workers, ground, streams }: Parts): Fault[] {
  const servers = nats.servers.map(({ process }) => process)
  const of = (service: Worker['service']) =>
    workers.filter((worker) => worker.service === service).map(({ process }) => process)
  const everything = [...servers, ...workers.map(({ process }) => process)]
  return [
    killed('kill-nats', servers),
    killed('kill-edge', of('edge')),
    killed('kill-chat', of('chat')),
    killed('kill-sync', of('sync')),
    killed('kill-storage', of('storage')),
    killed('kill-presence', of('presence')),
    paused('pause-nats', servers),
    paused('pause-edge', of('edge')),
    paused('pause-chat', of('chat')),
    paused('pause-sync', of('sync')),
    paused('pause-storage', of('storage')),
    paused('pause-presence', of('presence')),
    stepDown('step-down', nats, streams),
    killed('kill-two-nats', servers, 2, false),
    killed('kill-all', everything, everything.length, false),
    damageReplica('damage-replica', { nats, workers, streams }),
    rolling('drain-edges', of('edge'), READY_MS),
    ...nats.servers.filter(({ hasVolume }) => hasVolume).map(fullNode),
    ...networkFaults(nats, workers, ground.network),
  ]
}

/** A nats-server takes part again, in the streams that the full disk broke, only after a start. */
const fullNode = ({ node, process }: NatsServerOf): Fault =>
  diskFull('disk-full', node.folder, 0, async () => {
    await process.hold('SIGTERM')
    process.release()
  })
