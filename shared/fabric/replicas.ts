import { z } from 'zod'

const LOOK_LIMIT_MS = 5_000

const jszShape = z.object({
  account_details: z
    .array(
      z.object({
        stream_detail: z
          .array(
            z.object({
              name: z.string(),
              config: z.object({ max_age: z.number() }),
              state: z.object({
                messages: z.number().int(),
                first_seq: z.number().int(),
                last_seq: z.number().int(),
                num_deleted: z.number().int().default(0),
              }),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
})

/** One server's copy of a stream, as its monitoring port (`/jsz`) tells of it. */
export type Replica = {
  /** `host:port` of the monitoring port. */
  readonly server: string
  readonly stream: string
  readonly messages: number
  readonly firstSequence: number
  readonly lastSequence: number
  /** Sequences between the first and the last that hold nothing. */
  readonly deleted: number
}

export type Suspect = { readonly server: string; readonly stream: string; readonly why: string }

/** The replicas that a server holds, without those of streams that messages leave by age, each replica by itself. */
export async function replicasOf(monitorUrl: string): Promise<Replica[]> {
  const answer = await fetch(new URL('/jsz?accounts=true&streams=true&config=true', monitorUrl), {
    signal: AbortSignal.timeout(LOOK_LIMIT_MS),
  })
  if (!answer.ok) throw new Error(`${monitorUrl} answered ${answer.status}`)
  const { account_details } = jszShape.parse(await answer.json())
  return account_details
    .flatMap(({ stream_detail }) => stream_detail)
    .filter(({ config }) => config.max_age === 0)
    .map(({ name, state }) => ({
      server: new URL(monitorUrl).host,
      stream: name,
      messages: state.messages,
      firstSequence: state.first_seq,
      lastSequence: state.last_seq,
      deleted: state.num_deleted,
    }))
}

/**
 * The replicas that can't be whole. `dense` names the streams from which nothing is ever deleted but the beginning; of
 * the others, replicas that end at the same sequence must hold the same. One look may catch a replica in the middle of
 * a change, so only what is suspect twice in a row is damaged.
 */
export function suspects(replicas: readonly Replica[], dense: (stream: string) => boolean): Suspect[] {
  const byStream = Map.groupBy(replicas, ({ stream }) => stream)
  return [...byStream].flatMap(([stream, copies]) => (dense(stream) ? holed(copies) : unequal(copies)))
}

function holed(copies: readonly Replica[]): Suspect[] {
  return copies.flatMap(({ server, stream, messages, firstSequence, lastSequence, deleted }) => {
    const wanted = lastSequence === 0 || firstSequence > lastSequence ? 0 : lastSequence - firstSequence + 1
    if (messages === wanted && deleted === 0) return []
    return [{ server, stream, why: `it holds ${messages} of ${wanted} messages` }]
  })
}

function unequal(copies: readonly Replica[]): Suspect[] {
  const byEnd = Map.groupBy(copies, ({ lastSequence }) => lastSequence)
  return [...byEnd.values()].flatMap((same) => {
    const most = Math.max(...same.map(({ messages }) => messages))
    return same
      .filter(({ messages }) => messages < most)
      .map(({ server, stream, messages }) => ({
        server,
        stream,
        why: `it holds ${messages} messages, another replica with the same end ${most}`,
      }))
  })
}
