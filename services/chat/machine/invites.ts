import type { InviteChange } from '../../../shared/fabric/wire/changes/invites.ts'
import type { ChannelRecord } from '../../../shared/fabric/wire/log-record.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import type { Role } from '../../../shared/protocol/rights.ts'

/** A link that others join by; times in ms since 1970, null = without end. `uses`: so far. */
export type Invite = {
  readonly code: string
  readonly by: UserId
  readonly at: number
  readonly role: Role
  readonly expires: number | null
  readonly uses: number
  readonly max: number | null
}

/** A channel's links, oldest first. One that can't be used any more may still be among them: it is never found. */
export class Invites {
  readonly #byCode = new Map<string, Invite>()

  static from(entries: readonly Invite[]): Invites {
    const invites = new Invites()
    for (const invite of entries) invites.#byCode.set(invite.code, invite)
    return invites
  }

  /** The link, if it is good at that time (ms since 1970). */
  find(code: string, now: number): Invite | undefined {
    const invite = this.#byCode.get(code)
    return invite === undefined || isOver(invite, now) ? undefined : invite
  }

  good(now: number): Invite[] {
    return [...this.#byCode.values()].filter((invite) => !isOver(invite, now))
  }

  /** As at the record's time, so that whoever replays it forgets the same ones. */
  add(change: Extract<InviteChange, { op: 'invited' }>, { by, at }: ChannelRecord): void {
    for (const invite of this.#byCode.values()) if (isOver(invite, at)) this.#byCode.delete(invite.code)
    const { code, role, expires, uses: max } = change
    this.#byCode.set(code, { code, by, at, role, expires, uses: 0, max })
  }

  remove(code: string): void {
    this.#byCode.delete(code)
  }

  removeOf(user: UserId): void {
    for (const { code, by } of this.#byCode.values()) if (by === user) this.#byCode.delete(code)
  }

  used(code: string): void {
    const invite = this.#byCode.get(code)
    if (invite !== undefined) this.#byCode.set(code, { ...invite, uses: invite.uses + 1 })
  }

  toEntries(): Invite[] {
    return [...this.#byCode.values()]
  }
}

const isOver = ({ expires, uses, max }: Invite, now: number): boolean =>
  (expires !== null && expires <= now) || (max !== null && uses >= max)
