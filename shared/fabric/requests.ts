import { createInbox, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node'

const NO_RESPONDERS = 503

/**
 * Requests of the hot path, on one subscription. The client's own make an error, an abort and several promises each: at a
 * thousand commits a second that was a sixth of all that is allocated.
 */
export class Requests {
  readonly #nc: NatsConnection
  readonly #inbox = createInbox()
  readonly #waiting = new Map<string, (answer: Msg) => void>()
  #last = 0

  constructor(nc: NatsConnection) {
    this.#nc = nc
    nc.subscribe(`${this.#inbox}.*`, {
      // An error here is the subscription's end, with its connection: whoever waits then times out.
      callback: (error, message) => {
        if (error === null) this.#waiting.get(message.subject)?.(message)
      },
    })
  }

  /**
   * The answer; a word on why there is none after so long, or if nobody listens.
   * @throws what the client throws at a publish (the connection is closed).
   */
  async request(
    subject: string,
    bytes: Uint8Array,
    headers: MsgHdrs,
    timeoutMs: number,
  ): Promise<Msg | string> {
    const reply = `${this.#inbox}.${++this.#last}`
    let timer: NodeJS.Timeout | undefined
    const answered = new Promise<Msg | string>((resolve) => {
      timer = setTimeout(() => resolve('no answer in time'), timeoutMs)
      this.#waiting.set(reply, (answer) => {
        const nobody = answer.data.length === 0 && answer.headers?.code === NO_RESPONDERS
        resolve(nobody ? 'nobody listens' : answer)
      })
    })
    try {
      this.#nc.publish(subject, bytes, { reply, headers })
      return await answered
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(reply)
    }
  }
}
