import type { Embedded } from '../embedded.ts'
import { signalled } from '../supervised.ts'
import type { Fault } from '../target.ts'
import { diskFull } from './disk.ts'
import { killed, paused, rolling } from './processes.ts'

const READY_MS = 60_000

/** What faults need of the embedded target. */
export type EmbeddedParts = Omit<Embedded, 'faults'>

/** Everything that can be done to the embedded server here. */
export function embeddedFaults(embedded: EmbeddedParts): Fault[] {
  const { process: weft, ground, place, hasVolume, dataDir, diskReserveBytes } = embedded
  const { network } = ground
  const onLink = (name: string, what: string, begin: () => Promise<() => Promise<void>>): Fault => ({
    name,
    together: true,
    begin: async () => ({ detail: what, heal: await begin() }),
  })
  const links = [
    onLink('partition-clients', 'the edge is cut off from its clients', () =>
      network.partition([place], [network.outside]),
    ),
    onLink('delay', `to and from clients (${network.shaping})`, () => network.delay(place)),
    onLink('loss', `to and from clients (${network.shaping})`, () => network.loss(place)),
  ]
  return [
    toNats('kill-nats', embedded, 'SIGKILL'),
    toNats('pause-nats', embedded, 'SIGSTOP'),
    killedAlone('kill-weft', embedded),
    paused('pause-all', [weft]),
    killed('kill-all', [weft], 1, false),
    rolling('drain', [weft], READY_MS),
    ...(network.shaping === 'none' ? [] : links),
    // Below the reserve, and with no room at all: what else writes to the disk may be faster than the guard.
    ...(hasVolume
      ? [diskFull('disk-low', dataDir, diskReserveBytes / 2), diskFull('disk-full', dataDir, 0)]
      : []),
  ]
}

/** To the nats-server alone; Weft starts it again by itself. */
function toNats(name: string, { natsPid }: EmbeddedParts, signal: 'SIGKILL' | 'SIGSTOP'): Fault {
  return {
    name,
    together: true,
    begin: async () => {
      const pid = natsPid()
      const isSent = pid !== undefined && signalled(pid, signal)
      return {
        detail: isSent ? `${signal} to nats-server` : 'nats-server was not there',
        isVoid: !isSent,
        heal: async () => {
          if (isSent && signal === 'SIGSTOP') signalled(pid, 'SIGCONT')
        },
      }
    },
  }
}

/** kill -9 of Weft, whose nats-server is left behind for the next start to deal with. */
function killedAlone(name: string, { process: weft }: EmbeddedParts): Fault {
  return {
    name,
    together: true,
    begin: async () => {
      await weft.hold('SIGKILL', 'leader')
      return { detail: 'kill -9 of Weft, not of its nats-server', heal: async () => weft.release() }
    },
  }
}
