import type { Violations } from './violations.ts'

/** A send's whole story: all its requests carry the same cid. */
export type Sent = {
  readonly cid: string
  readonly user: string
  /** Digests of the texts that went out under this cid; one, unless a client breaks the rules. */
  readonly texts: number[]
  /** The line of its first request. */
  readonly line: number
  requests: number
  /** Requests that were refused for good. */
  refusals: number
  /** Where it was first seen to stand; 0 if nowhere yet. */
  seq: number
  seqLine: number
}

/** What stands at (channel, seq), by whoever told it first. */
export type Message = {
  readonly cid: string
  readonly from: string
  readonly line: number
  text: number | null
  /** ms since 1970. */
  at: number | null
  /** The first acked request; null as long as no ack came. */
  acked: { readonly op: number | null; readonly invoked: number; readonly line: number } | null
}

/** As someone tells a message. */
export type Telling = {
  readonly seq: number
  readonly cid: string
  readonly from: string
  readonly text?: number
  readonly at?: string
}

export class ChannelBoard {
  readonly id: string
  readonly kind: string
  readonly members: readonly string[]
  /** By seq. */
  readonly messages: (Message | undefined)[] = []
  /** The highest seq acked so far. */
  ackedHead = 0
  ackedLine = 0
  /** The highest head that a list of channels named. */
  namedHead = 0
  namedLine = 0
  readonly #sends = new Map<string, Map<string, Sent>>()
  readonly #violations: Violations

  constructor(id: string, kind: string, members: readonly string[], violations: Violations) {
    this.id = id
    this.kind = kind
    this.members = members
    this.#violations = violations
  }

  /** The highest seq that anyone was told of. */
  get toldHead(): number {
    return Math.max(0, this.messages.length - 1)
  }

  send(user: string, cid: string, text: number, line: number): Sent {
    let byCid = this.#sends.get(user)
    if (byCid === undefined) this.#sends.set(user, (byCid = new Map()))
    let sent = byCid.get(cid)
    if (sent === undefined) {
      sent = { cid, user, texts: [text], line, requests: 0, refusals: 0, seq: 0, seqLine: 0 }
      byCid.set(cid, sent)
    }
    if (!sent.texts.includes(text)) sent.texts.push(text)
    sent.requests += 1
    return sent
  }

  /** An ack names `seq` for it. `invoked` is the line of the request. */
  ack(
    sent: Sent,
    seq: number,
    at: string | undefined,
    ack: { op: number | null; invoked: number; line: number },
  ): void {
    this.tell(
      { seq, cid: sent.cid, from: sent.user, ...(at === undefined ? {} : { at }) },
      ack.line,
      'an ack',
    )
    const message = this.messages[seq]
    if (message?.cid === sent.cid && message.from === sent.user) message.acked ??= ack
    if (seq <= this.ackedHead) return
    this.ackedHead = seq
    this.ackedLine = ack.line
  }

  /** Someone was told a message; `who` says who, for the report. */
  tell(told: Telling, line: number, who: string, isFinal = false): void {
    const { seq } = told
    if (!Number.isSafeInteger(seq) || seq < 1)
      return this.#violations.add(
        'dense',
        `${who}: no message can have the seq ${seq}`,
        this.#where(told, [line]),
      )
    const known = this.messages[seq]
    if (known === undefined) return this.#first(told, line, who)
    if (known.cid !== told.cid || known.from !== told.from) {
      const rule = isFinal && known.acked !== null ? 'acked-kept' : 'one-order'
      const what = `${who}: ${told.from}'s ${told.cid} stands where ${known.from}'s ${known.cid} was told`
      return this.#violations.add(rule, what, this.#where(told, [known.acked?.line ?? known.line, line]))
    }
    if (told.text !== undefined) {
      if (known.text === null) this.#checkText(told, line, who)
      else if (known.text !== told.text)
        this.#violations.add(
          'altered',
          `${who}: another text than before`,
          this.#where(told, [known.line, line]),
        )
      known.text ??= told.text
    }
    if (told.at === undefined) return
    const at = Date.parse(told.at)
    if (known.at !== null && known.at !== at)
      this.#violations.add(
        'time-fell',
        `${who}: another time (${told.at}) than before`,
        this.#where(told, [known.line, line]),
      )
    known.at ??= at
  }

  #first(told: Telling, line: number, who: string): void {
    const { seq, cid, from } = told
    const at = told.at === undefined ? null : Date.parse(told.at)
    this.messages[seq] = { cid, from, line, text: told.text ?? null, at, acked: null }
    const sent = this.#sends.get(from)?.get(cid)
    if (sent === undefined)
      return this.#violations.add('unsent', `${who}: ${from} never sent ${cid}`, this.#where(told, [line]))
    if (sent.seq !== 0)
      this.#violations.add(
        'once',
        `${who}: ${from}'s ${cid} stands at ${sent.seq} and at ${seq}`,
        this.#where(told, [sent.line, sent.seqLine, line]),
      )
    else {
      sent.seq = seq
      sent.seqLine = line
    }
    this.#checkText(told, line, who)
  }

  #checkText(told: Telling, line: number, who: string): void {
    const sent = this.#sends.get(told.from)?.get(told.cid)
    if (told.text === undefined || sent === undefined || sent.texts.includes(told.text)) return
    this.#violations.add(
      'altered',
      `${who}: the text isn't the one sent`,
      this.#where(told, [sent.line, line]),
    )
  }

  /** What only the whole run can show. */
  end(): void {
    let before: Message | undefined
    for (let seq = 1; seq < this.messages.length; seq++) {
      const message = this.messages[seq]
      if (message === undefined || message.at === null) continue
      if (before?.at !== undefined && before.at !== null && before.at > message.at)
        this.#violations.add('time-fell', 'its time is before that of an earlier message', {
          channel: this.id,
          seq,
          lines: [before.line, message.line],
        })
      before = message
    }
    for (const byCid of this.#sends.values())
      for (const sent of byCid.values())
        if (sent.seq !== 0 && sent.requests === sent.refusals)
          this.#violations.add(
            'refused-stored',
            `${sent.cid} was refused for good, and stands in the channel`,
            {
              channel: this.id,
              user: sent.user,
              seq: sent.seq,
              lines: [sent.line, sent.seqLine],
            },
          )
  }

  #where(told: Telling, lines: readonly number[]) {
    return {
      channel: this.id,
      user: told.from,
      seq: told.seq,
      ops: opsOf(this.messages[told.seq]?.acked),
      lines,
    }
  }
}

/** The request that was acked, if it has a number. */
export const opsOf = (acked: Message['acked'] | undefined): readonly number[] =>
  acked === undefined || acked === null || acked.op === null ? [] : [acked.op]
