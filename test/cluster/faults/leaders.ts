import { oneOf } from '../../support/random.ts'
import type { NatsCluster } from '../nats-cluster.ts'
import type { Fault } from '../target.ts'

const ANSWER_MS = 5_000

/** The leader of a pack stream gives way to another replica. Nothing to heal. */
export function stepDown(name: string, nats: NatsCluster, streams: readonly string[]): Fault {
  return {
    name,
    together: true,
    begin: async (random) => {
      const stream = oneOf(random, streams)
      const answer = await askStepDown(nats, stream)
      const isVoid = !answer.includes('"success":true')
      return { detail: `${stream}: ${answer}`, isVoid, heal: async () => undefined }
    },
  }
}

async function askStepDown(nats: NatsCluster, stream: string): Promise<string> {
  try {
    const connection = await nats.connect()
    try {
      const subject = `$JS.API.STREAM.LEADER.STEPDOWN.${stream}`
      return (await connection.request(subject, '', { timeout: ANSWER_MS })).string()
    } finally {
      await connection.close()
    }
  } catch (error) {
    // While other faults have their way there may be no leader to ask.
    return `not asked: ${error instanceof Error ? error.message : String(error)}`
  }
}
