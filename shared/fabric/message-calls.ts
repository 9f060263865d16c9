import { z } from 'zod'
import { Reader, Writer } from '../codec.ts'
import { channelIdSchema, userIdSchema } from '../protocol/ids.ts'
import { type Call, fromJson, jsonCall, toJson } from './call.ts'
import { type MessageRun, readRun, writeRun } from './call-shapes.ts'

/** What is asked of the owner of a channel's LOG partition about its messages. */
const idempotent = { idempotent: true } as const
const count = z.number().int().min(0)

/** Which page of a channel: newest (no bound), before, after or around a seq. */
export const pageRequest = z.object({
  channel: channelIdSchema,
  user: userIdSchema,
  before: count.optional(),
  after: count.optional(),
  around: count.optional(),
  /** The store is out of reach: what memory holds has to do. */
  without_store: z.boolean().optional(),
  limit: z.number().int().min(1).max(200),
})
export type PageRequest = z.infer<typeof pageRequest>

/**
 * Resolves a page to seqs `first`…`last` (empty if last < first) and gives the part of it that is still in memory: the
 * rest, `first`…`run.from - 1`, is in the store for certain, as it is now once the store has reached pack `reach` (0 =
 * it has, whatever it has). `pinned`: of them, also those in the store. Members only (`not_found`, `forbidden`).
 */
export type PageWindow = {
  readonly first: number
  readonly last: number
  readonly head: number
  readonly reach: number
  readonly run: MessageRun
  readonly pinned: readonly number[]
}
export const channelWindow: Call<PageRequest, PageWindow> = {
  name: 'channel.window',
  idempotent: true,
  encodeRequest: toJson,
  decodeRequest: (bytes) => pageRequest.parse(fromJson(bytes)),
  encodeResponse: ({ first, last, head, reach, run, pinned }) => {
    const writer = writeRun(new Writer(4096).uint(first).uint(last).uint(head).uint(reach), run)
    for (const seq of pinned) writer.uint(seq)
    return writer.finish()
  },
  decodeResponse: (bytes) => {
    const reader = new Reader(bytes)
    const [first, last, head, reach] = [reader.uint(), reader.uint(), reader.uint(), reader.uint()]
    const run = readRun(reader)
    const pinned: number[] = []
    while (!reader.done) pinned.push(reader.uint())
    return { first, last, head, reach, run, pinned }
  },
}

/** What is pinned, the newest pin first, of those before `before` (a rev); times in ms since 1970. Members only. */
export const pinsList = jsonCall(
  'pins.list',
  z.object({
    channel: channelIdSchema,
    user: userIdSchema,
    before: count.nullable(),
    limit: z.number().int().min(1).max(200),
  }),
  z.object({
    pins: z.array(z.object({ seq: count, by: userIdSchema, at: count, rev: count })),
    more: z.boolean(),
  }),
  idempotent,
)

/** The pack by which all that a message said stands; `forbidden` to all but its author and those who moderate. */
export const versionsReach = jsonCall(
  'versions.reach',
  z.object({ channel: channelIdSchema, user: userIdSchema, seq: count }),
  z.object({ pack: count }),
  idempotent,
)

/** A message that is over at `at` (ms since 1970), as the store knows it; `from`: who wrote it. */
const expiringEntry = z.object({
  channel: channelIdSchema,
  seq: count,
  from: userIdSchema,
  mentions: z.array(userIdSchema),
  at: count,
})
export type ExpiringEntry = z.infer<typeof expiringEntry>
export const EXPIRING_A_CALL = 500
/** Has those deleted that are over and not deleted yet: how many, and the pack that holds their deletions. */
export const messagesExpire = jsonCall(
  'messages.expire',
  z.object({ entries: z.array(expiringEntry).max(EXPIRING_A_CALL) }),
  z.object({ pack: count, written: count }),
  idempotent,
)
