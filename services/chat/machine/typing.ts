import type { PassingOutbox } from '../../../shared/fabric/passing-outbox.ts'
import type { TypingSign } from '../../../shared/fabric/wire/typing.ts'
import { counter } from '../../../shared/metrics/metrics.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import type { Channel, Routes } from './channel.ts'
import { mustBeOpen } from './requests/block.ts'
import { mayWrite } from './roles.ts'
import type { ChatState } from './state.ts'

/** In channels of more members than this, or with fan-out on read, only those are told who have them open. */
const PASSING_MEMBERS_MAX = 100

/** Signs a second in a channel that go to all who have it open. */
const OPENED_SIGNS_A_SECOND = 5

const signs = counter('weft_chat_typing_total', 'Signs that somebody types, by what became of them', [
  'outcome',
])

/** Lets the members of a channel know who types in it. Nothing of it is kept. */
export class Typing {
  readonly #state: ChatState
  readonly #partitionOf: (user: UserId) => number
  readonly #outbox: Pick<PassingOutbox, 'add'>
  /** Signs passed to those who have a channel open, in this second. */
  readonly #passed = new Map<ChannelId, number>()
  #second = 0

  constructor(state: ChatState, partitionOf: (user: UserId) => number, outbox: Pick<PassingOutbox, 'add'>) {
    this.#state = state
    this.#partitionOf = partitionOf
    this.#outbox = outbox
  }

  /** The channel, if the user may write in it. @throws `not_found` or `forbidden` */
  may(id: ChannelId, user: UserId): Channel {
    const channel = this.#state.member(id, user)
    if (!mayWrite(channel, user))
      throw new WeftError('forbidden', 'only who may write in a channel lets it know that they type')
    mustBeOpen(channel, user)
    return channel
  }

  /** Signs of those who may not are left out: an edge that was asked for an error has asked before. */
  take(given: readonly TypingSign[]): void {
    for (const sign of given) signs.inc({ outcome: this.#take(sign) })
  }

  #take({ channel: id, user, on }: TypingSign): string {
    const channel = this.#channelOf(id, user)
    if (channel === null) return 'refused'
    const routes = recipientsOfPassing(channel, this.#partitionOf)
    // Ids hold no character that JSON would escape.
    const json = Buffer.from(`{"kind":"typing","channel":"${id}","user":"${user}","on":${on}}`)
    if (routes !== null) this.#outbox.add(json, without(user, routes))
    else if (this.#isTooMany(id)) return 'limited'
    else this.#state.live.pass(channel, json)
    return 'passed'
  }

  /** Of many who type in a large channel a few are enough. */
  #isTooMany(id: ChannelId): boolean {
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) this.#passed.clear()
    this.#second = second
    const passed = this.#passed.get(id) ?? 0
    this.#passed.set(id, passed + 1)
    return passed >= OPENED_SIGNS_A_SECOND
  }

  #channelOf(id: ChannelId, user: UserId): Channel | null {
    try {
      return this.may(id, user)
    } catch (error) {
      if (error instanceof WeftError) return null
      throw error
    }
  }
}

/** Whose live sessions get a channel's passing events, by their SYNC partitions; null = those who have it open. */
function recipientsOfPassing(channel: Channel, partitionOf: (user: UserId) => number): Routes | null {
  const isLarge = channel.fanout === 'read' || channel.members.size > PASSING_MEMBERS_MAX
  return isLarge ? null : channel.routes(partitionOf)
}

/** Nobody is told of their own typing, on no device. */
const without = (user: UserId, routes: Routes): Routes =>
  new Map([...routes].map(([partition, users]) => [partition, users.filter((one) => one !== user)]))
