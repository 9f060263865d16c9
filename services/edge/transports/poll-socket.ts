import type { Socket } from '../server/socket.ts'
import { LOW_WATER_BYTES } from '../session/catch-up-limits.ts'
import { type Cursor, formatCursor, parseCursor } from '../session/cursor.ts'

const EVENT_HEAD = '{"t":"event","cursor":"'
/** Frames of the fabric's own making that say where the queue is. */
const PLACES = /^\{"t":"(?:welcome|synced|reset)".*"cursor":"([^"]+)"/
const LAST_WORDS = /^\{"t":"(?:drain|closed)"/
/** A poll is answered by about as much (bytes): the rest comes with the next. */
const ANSWER_BYTES = 1024 * 1024

type Held = { readonly text: string; readonly cursor: Cursor | null }
export type PollAnswer = { readonly frames: readonly string[]; readonly cursor: string | null }

/**
 * What a polling client is still owed. Frames stay until the next poll shows, by its cursor, that their answer came: an
 * answer that was lost is given again.
 */
export class PollSocket implements Socket {
  readonly #ended: (code: number, wasWaiting: boolean) => void
  #held: Held[] = []
  /** So many of `#held` were in the answer before. */
  #given = 0
  #bytes = 0
  /** Where the client is after the answer before. */
  #place: string | null
  #waiting: ((answer: PollAnswer) => void) | null = null
  #isSynced = false

  constructor(place: string | null, ended: (code: number, wasWaiting: boolean) => void) {
    this.#place = place
    this.#ended = ended
  }

  get place(): string | null {
    return this.#place
  }

  get isWaiting(): boolean {
    return this.#waiting !== null
  }

  get isSynced(): boolean {
    return this.#isSynced
  }

  send(data: string | Uint8Array): void {
    const text = typeof data === 'string' ? data : Buffer.from(data).toString()
    const cursor = text.startsWith(EVENT_HEAD)
      ? parseCursor(text.slice(EVENT_HEAD.length, text.indexOf('"', EVENT_HEAD.length)))
      : null
    if (text.startsWith('{"t":"synced"') || text.startsWith('{"t":"reset"')) this.#isSynced = true
    this.#held.push({ text, cursor })
    this.#bytes += text.length
  }

  buffered(): number {
    return this.#bytes
  }

  /** A poll is answered at the end of what goes out together. */
  cork(run: () => void): void {
    run()
    this.answerIfDue()
  }

  end(code: number, reason: string): void {
    this.send(JSON.stringify({ t: 'closed', code, reason }))
    const wasWaiting = this.isWaiting
    this.#answer()
    this.#ended(code, wasWaiting)
  }

  /** A poll that has what the answer before held, unless its cursor says that it lacks some of it. */
  confirm(cursor: string | null): void {
    const isLost = cursor !== null && this.#place !== null && cursor !== this.#place
    if (isLost) this.#forgetThrough(parseCursor(cursor))
    else this.#drop(this.#given)
    this.#given = 0
  }

  /** What it was told at its end, beside events: those its queue has. */
  get lastWords(): readonly string[] {
    return this.#held.flatMap(({ text }) => (LAST_WORDS.test(text) ? [text] : []))
  }

  /** Whatever is there, or comes: once. The poll that waited before ends with nothing. */
  wait(resolve: (answer: PollAnswer) => void): void {
    this.#waiting?.({ frames: [], cursor: this.#place })
    this.#waiting = resolve
    this.answerIfDue()
  }

  /** Its time is up, or its client is gone. */
  release(): void {
    this.#answer()
  }

  answerIfDue(): void {
    if (this.#held.length > this.#given && (this.#isSynced || this.#bytes > LOW_WATER_BYTES)) this.#answer()
  }

  #answer(): void {
    const resolve = this.#waiting
    if (resolve === null) return
    this.#waiting = null
    const frames: string[] = []
    let bytes = 0
    for (const { text, cursor } of this.#held) {
      if (frames.length > 0 && bytes + text.length > ANSWER_BYTES) break
      frames.push(text)
      bytes += text.length
      const place = cursor === null ? PLACES.exec(text)?.[1] : formatCursor(cursor)
      // A client that came with a cursor is there, and not yet at the head that `welcome` names.
      if (place !== undefined && (this.#place === null || !text.startsWith('{"t":"welcome"')))
        this.#place = place
    }
    this.#given = frames.length
    resolve({ frames, cursor: this.#place })
  }

  /** The client is at this cursor: events up to it needn't come again, the others of the answer that was lost do. */
  #forgetThrough(cursor: Cursor): void {
    const kept = this.#held.filter(
      (held) => held.cursor === null || held.cursor.epoch !== cursor.epoch || held.cursor.n > cursor.n,
    )
    this.#held = kept
    this.#bytes = kept.reduce((sum, { text }) => sum + text.length, 0)
    this.#place = formatCursor(cursor)
  }

  #drop(count: number): void {
    for (const { text } of this.#held.splice(0, count)) this.#bytes -= text.length
  }
}
