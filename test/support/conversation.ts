import { randomUUID } from 'node:crypto'
import { http, RawClient } from './raw-client.ts'
import { until } from './until.ts'

/** What one client was told; enough to hold the fabric to its word. */
export type Acked = { readonly cid: string; readonly seq: number }
type Pending = { readonly cid: string; readonly text: string }

/**
 * One person who talks in one channel through whatever happens: pipelines sends, sends again what had no answer (in
 * order, under the same cid), resumes from the last cursor, and writes down every ack and every event.
 */
export class Talker {
  readonly acked: Acked[] = []
  /** `(n, cid, seq)` of each message event in the order it came. */
  readonly events: {
    readonly n: number
    readonly cid: string
    readonly seq: number
    readonly from: string
  }[] = []
  readonly problems: string[] = []
  readonly user: string
  readonly #token: string
  readonly #channel: string
  readonly #window: number
  #cursor: string | undefined
  #pending: Pending[] = []
  #client: RawClient | null = null
  #sent = 0
  #stopped = false
  #wake: () => void = () => {}

  constructor(user: string, token: string, channel: string, window = 8) {
    this.user = user
    this.#token = token
    this.#channel = channel
    this.#window = window
  }

  /** Where it stands, for whoever has to find out why it doesn't get on. */
  get standing(): string {
    const { user, acked, events } = this
    const frames = this.#client?.frames.slice(-2) ?? 'not connected'
    return JSON.stringify({
      user,
      waits: this.#pending.map(({ text }) => text),
      acked: acked.at(-1)?.seq,
      event: events.at(-1)?.seq,
      cursor: this.#cursor,
      frames,
    })
  }

  get isIdle(): boolean {
    return this.#pending.length === 0
  }

  /** Takes the cursor to begin from: before anyone talks, or what was said before isn't this queue's to bring. */
  async arrive(ws: string, device: string): Promise<void> {
    const client = await RawClient.hello(ws, { token: this.#token, device })
    this.#onFrame(await client.next((frame) => frame.t === 'welcome'))
    client.cut()
  }

  /** Connects and talks until the socket closes, or `stop`. Throws if it can't connect. */
  async talk(ws: string, device: string): Promise<void> {
    const client = await RawClient.hello(ws, {
      token: this.#token,
      device,
      ...(this.#cursor === undefined ? {} : { cursor: this.#cursor }),
    })
    this.#client = client
    let read = 0
    const onFrames = () => {
      for (; read < client.frames.length; read++) this.#onFrame(client.frames[read])
    }
    await client.next((frame) => frame.t === 'synced' || frame.t === 'reset')
    for (const { cid, text } of this.#pending) this.#sendFrame(client, cid, text)
    while (client.isOpen) {
      onFrames()
      this.#fill(client)
      if (this.#stopped && this.isIdle) break
      const from = client.frames.length
      await Promise.race([client.next(() => true, from).catch(() => undefined), client.closed, this.#woken()])
    }
    onFrames()
    this.#client = null
    client.cut()
  }

  /** Finishes what is under way and sends nothing new. */
  finish(): void {
    this.#stopped = true
    this.#wake()
  }

  cut(): void {
    this.#client?.cut()
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #fill(client: RawClient): void {
    while (!this.#stopped && this.#pending.length < this.#window && client.isOpen) {
      const cid = randomUUID()
      const text = `${this.user} says ${++this.#sent}`
      this.#pending.push({ cid, text })
      this.#sendFrame(client, cid, text)
    }
  }

  #sendFrame(client: RawClient, cid: string, text: string): void {
    client.send({ t: 'send', id: ++requests, channel: this.#channel, cid, body: { text } })
  }

  #onFrame(frame: RawClient['frames'][number] | undefined): void {
    if (frame === undefined) return
    if (frame.t === 'ack') {
      const cid = String(frame['cid'])
      this.acked.push({ cid, seq: Number(frame['seq']) })
      this.#pending = this.#pending.filter((pending) => pending.cid !== cid)
    } else if (frame.t === 'error') {
      // Passing refusals leave it pending; it goes again once the socket is new.
      if (frame['code'] !== 'unavailable' && frame['code'] !== 'rate_limited')
        this.problems.push(`${this.user} was refused: ${JSON.stringify(frame)}`)
      else this.#client?.cut()
    } else if (frame.t === 'event' && typeof frame['cursor'] === 'string') {
      this.#onEvent(frame['cursor'], String(frame['prev']), frame['event'])
    } else if (frame.t === 'reset')
      this.problems.push(`${this.user} was told to reset: ${JSON.stringify(frame)}`)
    else if (frame.t === 'welcome') this.#cursor ??= String(frame['cursor'])
  }

  #onEvent(cursor: string, prev: string, event: unknown): void {
    if (this.#cursor !== undefined && prev !== this.#cursor)
      this.problems.push(
        `${this.user} saw a gap: ${cursor} names ${prev} before it, the last one was ${this.#cursor}`,
      )
    this.#cursor = cursor
    const { kind, cid, seq, from } = event as Record<string, unknown>
    if (kind !== 'message') return
    this.events.push({
      n: Number(cursor.split(':')[1]),
      cid: String(cid),
      seq: Number(seq),
      from: String(from),
    })
  }
}

/**
 * Lets talkers that have finished send what is left and read on, until each queue has brought what the history holds.
 * The newest may come a little later than its ack: a bundle under way when a worker died is sent again after a second.
 */
export async function settle(
  talkers: readonly Talker[],
  talk: (talker: Talker, index: number) => Promise<void>,
  history: () => Promise<readonly StoredMessage[]>,
): Promise<readonly StoredMessage[]> {
  const once = () => Promise.all(talkers.map(talk))
  await until(async () => {
    await once()
    return talkers.every((talker) => talker.isIdle)
  }, 'every send is acked')
  const whole = await history()
  const isRead = async () => {
    await once()
    return talkers.every((talker) => talker.events.length >= whole.length)
  }
  // What never comes is for the violations to tell.
  await until(isRead, 'the queues have brought the history').catch(() => undefined)
  return whole
}

let requests = 1_000

type StoredMessage = {
  readonly seq: number
  readonly cid: string
  readonly from: string
  readonly body: { readonly text: string }
}

/** A whole channel, page by page. */
export async function wholeHistory(base: string, token: string, channel: string): Promise<StoredMessage[]> {
  const messages: StoredMessage[] = []
  for (let page = 0; page < 10_000; page++) {
    const after = messages.at(-1)?.seq ?? 0
    const { status, body } = await http(
      base,
      'GET',
      `/v1/channels/${channel}/messages?after=${after}&limit=200`,
      { token },
    )
    if (status === 503) continue
    if (status !== 200) throw new Error(`history answered ${status}: ${JSON.stringify(body)}`)
    const items = body['items'] as StoredMessage[]
    if (items.length === 0) return messages
    messages.push(...items)
  }
  throw new Error('the history does not end')
}

/** Every promise that a finished conversation can be held to; returns what is broken. */
export function violations(talkers: readonly Talker[], history: readonly StoredMessage[]): string[] {
  const found = talkers.flatMap((talker) => talker.problems)
  const bySeq = new Map<number, string>()
  const seen = new Set<string>()
  for (const [index, message] of history.entries()) {
    if (message.seq !== index + 1) found.push(`history holds seq ${message.seq} where ${index + 1} belongs`)
    if (seen.has(message.cid)) found.push(`cid ${message.cid} stands twice in the history`)
    seen.add(message.cid)
    bySeq.set(message.seq, message.cid)
  }
  for (const talker of talkers) {
    for (const { cid, seq } of talker.acked)
      if (bySeq.get(seq) !== cid)
        found.push(`${talker.user} was acked ${cid} at ${seq}, where ${bySeq.get(seq)} stands`)
    const told = talker.events.map(({ seq, cid }) => `${seq} ${cid}`)
    const wanted = history.map(({ seq, cid }) => `${seq} ${cid}`)
    if (told.join() !== wanted.join())
      found.push(
        `${talker.user}’s queue brought ${told.length} messages, the history has ${wanted.length}, or in another order; they differ from ` +
          `seq ${wanted.findIndex((one, i) => one !== told[i]) + 1} on`,
      )
    const own = history
      .filter(({ from }) => from === talker.user)
      .map(({ body }) => Number(body.text.split(' ').at(-1)))
    for (const [index, number] of own.entries())
      if (number !== index + 1)
        found.push(`${talker.user}’s message ${number} stands where ${index + 1} was sent`)
  }
  return found
}
