import type { KeyObject } from 'node:crypto'
import type { SendCommand } from '../../../shared/fabric/wire/chat-batch.ts'
import { toWeftError, type WeftError } from '../../../shared/protocol/errors.ts'
import type { ChannelId, EdgeId } from '../../../shared/protocol/ids.ts'
import type { FirstAnswer } from './cids.ts'
import type { Parent, Send } from './commands.ts'

export type Waiting = { readonly edge: EdgeId; readonly command: SendCommand }

/** What a send is planned with. */
export type Prepared = {
  readonly key: KeyObject
  readonly stored: FirstAnswer | null
  readonly parent: Parent | null
}

export type AdmissionOptions = {
  /** What memory has, where the cid and what it replies to need no store. Undefined = it has to be waited for. */
  readonly ready: (command: SendCommand) => Prepared | undefined
  readonly prepare: (command: SendCommand) => Promise<Prepared>
  readonly submit: (send: Send) => void
  readonly refuse: (waiting: Waiting, error: WeftError) => void
}

/**
 * What has to be known before a send can be planned without waiting: the sender's key, and the store's word on a cid,
 * or on a message replied to, that memory can't decide. Nearly always both are at hand. A send that must wait holds back those behind it in its
 * channel, so that they commit in the order they came.
 */
export class Admission {
  readonly #options: AdmissionOptions
  readonly #waiting = new Map<ChannelId, Waiting[]>()

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  admit(edge: EdgeId, command: SendCommand): void {
    const queue = this.#waiting.get(command.channel)
    if (queue !== undefined) {
      queue.push({ edge, command })
      return
    }
    const prepared = this.#options.ready(command)
    if (prepared !== undefined) {
      this.#options.submit({ type: 'send', edge, command, ...prepared })
      return
    }
    const started = [{ edge, command }]
    this.#waiting.set(command.channel, started)
    void this.#work(command.channel, started)
  }

  async #work(channel: ChannelId, queue: Waiting[]): Promise<void> {
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      await this.#one(head)
      queue.shift()
    }
    this.#waiting.delete(channel)
  }

  async #one(waiting: Waiting): Promise<void> {
    const { edge, command } = waiting
    const ready = this.#options.ready(command)
    if (ready !== undefined) return this.#options.submit({ type: 'send', edge, command, ...ready })
    try {
      const prepared = await this.#options.prepare(command)
      this.#options.submit({ type: 'send', edge, command, ...prepared })
    } catch (error) {
      this.#options.refuse(waiting, toWeftError(error))
    }
  }
}
