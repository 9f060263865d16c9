import { z } from 'zod'
import type { NatsNode } from './nats-node.ts'

const streamShape = z.object({
  name: z.string(),
  config: z.object({ num_replicas: z.number() }).optional(),
  state: z.object({ messages: z.number(), last_seq: z.number(), num_deleted: z.number().optional() }),
  cluster: z
    .object({
      leader: z.string().optional(),
      replicas: z.array(z.object({ name: z.string(), current: z.boolean() })).optional(),
    })
    .optional(),
})
const jszShape = z.object({
  meta_cluster: z.object({ leader: z.string().optional() }).optional(),
  account_details: z.array(z.object({ stream_detail: z.array(streamShape).optional() })).optional(),
})
export type StreamReplica = z.infer<typeof streamShape>
type Jsz = { readonly leader: string | undefined; readonly streams: readonly StreamReplica[] }

/** What one server says of its own replicas. */
export async function jsz({ monitorUrl }: NatsNode): Promise<Jsz> {
  const answer = await fetch(`${monitorUrl}/jsz?accounts=true&streams=true&config=true`, {
    signal: AbortSignal.timeout(2_000),
  })
  const read = jszShape.parse(await answer.json())
  return {
    leader: read.meta_cluster?.leader,
    streams: read.account_details?.flatMap((account) => account.stream_detail ?? []) ?? [],
  }
}

/** Null once there is a leader of all, and each stream has one and `replicas` replicas that are current. */
export async function missingOf(nodes: readonly NatsNode[], replicas: number): Promise<string | null> {
  let answers: Jsz[]
  try {
    answers = await Promise.all(nodes.map(jsz))
  } catch (error) {
    return `a nats-server does not tell of its streams: ${error instanceof Error ? error.message : String(error)}`
  }
  if (answers.some(({ leader }) => leader === undefined || leader === '')) return 'NATS has no leader'
  const names = new Set(answers.flatMap(({ streams }) => streams.map(({ name }) => name)))
  for (const name of replicas === 0 ? [] : names) {
    const leads = answers.flatMap(({ streams }, index) =>
      streams.filter((one) => one.name === name && one.cluster?.leader === nodes[index]?.name),
    )
    const current = leads[0]?.cluster?.replicas?.filter((replica) => replica.current).length ?? 0
    if (leads.length !== 1) return `stream ${name} has ${leads.length} leaders`
    if (current !== replicas - 1) return `stream ${name} has ${current + 1} replicas that are current`
  }
  return null
}
