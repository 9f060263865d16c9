import type { KeyObject } from 'node:crypto'
import { SILENT } from '../../../shared/fabric/call.ts'
import type { UserRequest } from '../../../shared/fabric/user-requests.ts'
import type { Bundle } from '../../../shared/fabric/wire/bundle.ts'
import type { HeadMark, UserChange } from '../../../shared/fabric/wire/sync-record.ts'
import type { WeftError } from '../../../shared/protocol/errors.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'

export type ProfileChange = Extract<UserChange, { op: 'profile' }>

/** What may change a SYNC partition. */
export type SyncCommand =
  | ChangeCommand
  | { readonly type: 'bundle'; readonly bundle: Bundle }
  | {
      readonly type: 'heads'
      readonly marks: readonly HeadMark[]
      readonly reply: Reply<{ unknown: ChannelId[] }>
    }
  | {
      readonly type: 'read'
      readonly user: UserId
      readonly channel: ChannelId
      readonly seq: number
      /** The mark as the store has it; 0 if it wasn't asked. */
      readonly floor: number
      readonly reply: Reply<{ seq: number }>
    }
  | {
      readonly type: 'profile'
      readonly user: UserId
      readonly change: ProfileChange
      /** `always`, or only for a user that has none (the first use of a customer's token). */
      readonly when: 'always' | 'if-none'
      readonly reply: Reply<{ pack: number; partition: number }>
    }

/** A user's request that changes their own state; its key is at hand if what it says is sealed. */
type ChangeCommand = {
  readonly type: 'change'
  readonly user: UserId
  readonly request: UserRequest
  readonly key: KeyObject | null
  /** The rows that it is about, as the store has them. */
  readonly present: ReadonlyMap<string, string>
  readonly reply: Reply<{ pack: number; partition: number }>
}

/** Where the outcome of a command goes, once. */
export type Reply<Answer> = {
  readonly done: (answer: Answer) => void
  readonly failed: (error: WeftError) => void
}

/** The commands that were asked and have no outcome yet: when the tenure ends, nobody hears of them. */
export class Asked {
  readonly #silencers = new Set<() => void>()

  ask<Answer>(start: (reply: Reply<Answer>) => void): Promise<Answer | typeof SILENT> {
    return new Promise((resolve, reject) => {
      const silence = () => resolve(SILENT)
      this.#silencers.add(silence)
      start({
        done: (answer) => {
          this.#silencers.delete(silence)
          resolve(answer)
        },
        failed: (error) => {
          this.#silencers.delete(silence)
          reject(error)
        },
      })
    })
  }

  silence(): void {
    for (const silence of this.#silencers) silence()
    this.#silencers.clear()
  }
}
