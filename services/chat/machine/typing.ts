import type { PassingOutbox } from '../../../shared/fabric/passing-outbox.ts'
import type { TypingSign } from '../../../shared/fabric/wire/typing.ts'
import { counter } from '../../../shared/metrics/metrics.ts'
import { WeftError } from '../../../shared/protocol/errors.ts'
import type { ChannelId, UserId } from '../../../shared/protocol/ids.ts'
import type { Channel, Routes } from './channel.ts'
import type { ChatState } from './state.ts'

/** In channels of more members than this, passing events are for those alone who have opened them. */
const PASSING_MEMBERS_MAX = 100

const signs = counter('weft_chat_typing_total', 'Signs that somebody types, by what became of them', [
  'outcome',
])

/** Lets the members of a channel know who types in it. Nothing of it is kept. */
export class Typing {
  readonly #state: ChatState
  readonly #partitionOf: (user: UserId) => number
  readonly #outbox: PassingOutbox

  constructor(state: ChatState, partitionOf: (user: UserId) => number, outbox: PassingOutbox) {
    this.#state = state
    this.#partitionOf = partitionOf
    this.#outbox = outbox
  }

  /** The channel, if the user may write in it. @throws `not_found` or `forbidden` */
  may(id: ChannelId, user: UserId): Channel {
    return this.#state.member(id, user)
  }

  /** Signs of those who may not are left out: an edge that was asked for an error has asked before. */
  take(given: readonly TypingSign[]): void {
    for (const sign of given) signs.inc({ outcome: this.#take(sign) })
  }

  #take({ channel: id, user, on }: TypingSign): string {
    const channel = this.#channelOf(id, user)
    if (channel === null) return 'refused'
    const routes = recipientsOfPassing(channel, this.#partitionOf)
    if (routes === null) return 'large'
    // Ids hold no character that JSON would escape.
    const json = Buffer.from(`{"kind":"typing","channel":"${id}","user":"${user}","on":${on}}`)
    this.#outbox.add(json, without(user, routes))
    return 'passed'
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

/** Whose live sessions get a channel's passing events, by their SYNC partitions; null = not by way of the queues. */
function recipientsOfPassing(channel: Channel, partitionOf: (user: UserId) => number): Routes | null {
  return channel.members.size > PASSING_MEMBERS_MAX ? null : channel.routes(partitionOf)
}

/** Nobody is told of their own typing, on no device. */
const without = (user: UserId, routes: Routes): Routes =>
  new Map([...routes].map(([partition, users]) => [partition, users.filter((one) => one !== user)]))
