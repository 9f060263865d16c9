import { createHash, randomBytes } from 'node:crypto'
import type { KV } from '@nats-io/kv'
import { z } from 'zod'
import { fromJson, toJson } from '../../../shared/fabric/call.ts'
import type { Fabric } from '../../../shared/fabric/connection.ts'
import { buckets } from '../../../shared/fabric/registry.ts'
import { TICKET_TTL_MS } from '../../../shared/fabric/setup.ts'
import { unavailable, WeftError } from '../../../shared/protocol/errors.ts'
import { sessionIdSchema, userIdSchema } from '../../../shared/protocol/ids.ts'
import type { Identity } from './identity.ts'

const TICKET_BYTES = 32
const TICKET = /^[A-Za-z0-9_-]{43}$/
const stored = z.object({
  user: userIdSchema,
  family: sessionIdSchema.nullable(),
  name: z.string().nullable(),
  expiresAt: z.number(),
  issuedAt: z.number().nullable(),
  /** ms since 1970 */
  until: z.number(),
})

/**
 * Tickets stand in for an access token in a URL, once and for a moment. They lie in a bucket of the fabric, since a
 * balancer may take their use to another edge; whoever deletes one has used it. Only their hashes lie there.
 */
export class Tickets {
  readonly #bucket: KV

  private constructor(bucket: KV) {
    this.#bucket = bucket
  }

  static async open(fabric: Fabric): Promise<Tickets> {
    return new Tickets(await fabric.kvm.open(buckets.tickets(fabric.region)))
  }

  /** @throws `unavailable` */
  async make(identity: Identity): Promise<{ readonly ticket: string; readonly expiresIn: number }> {
    const ticket = randomBytes(TICKET_BYTES).toString('base64url')
    const entry: z.infer<typeof stored> = { ...identity, until: Date.now() + TICKET_TTL_MS }
    try {
      await this.#bucket.create(keyOf(ticket), toJson(entry))
    } catch (error) {
      throw unavailable('no ticket can be made just now', 1, error)
    }
    return { ticket, expiresIn: TICKET_TTL_MS / 1000 }
  }

  /** Whose it was. @throws `unauthenticated` if it was used, is too old or never was; `unavailable` */
  async use(ticket: string): Promise<Identity> {
    if (!TICKET.test(ticket)) throw refused()
    const key = keyOf(ticket)
    const entry = await this.#bucket.get(key).catch((error: unknown) => {
      throw unavailable('tickets can’t be looked up just now', 1, error)
    })
    if (entry === null || entry.operation !== 'PUT') throw refused()
    const { until, ...identity } = stored.parse(fromJson(entry.value))
    try {
      await this.#bucket.delete(key, { previousSeq: entry.revision })
    } catch {
      // Somebody else was first, or it can't be known: either way it counts as used.
      throw refused()
    }
    if (Date.now() >= until) throw refused()
    return identity
  }
}

const keyOf = (ticket: string): string => createHash('sha256').update(ticket).digest('base64url')
const refused = () =>
  new WeftError('unauthenticated', 'ticket: it was used already, or is too old; get another')
