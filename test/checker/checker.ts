import { ChannelBoard, type Sent } from './board.ts'
import { Connections } from './connections.ts'
import { digest } from './digest.ts'
import type { Channels, Hello, History, Invoke, Line, Ok, Refused, Run, Send } from './history.ts'
import { checkHeads, checkPage, FinalHistories, type Reading, readingOf } from './pages.ts'
import { UnusableHistory } from './parse.ts'
import { Queue } from './queues.ts'
import { SdkClients } from './sdk-clients.ts'
import { type Greeting, Sessions } from './sessions.ts'
import { Violations } from './violations.ts'

export type CheckOptions = {
  /** The run lets queues expire or change their epoch. */
  readonly allowResets?: boolean
}

/** What the run had in it, so that a run in which nothing could go wrong is seen as such. */
export type Counts = {
  lines: number
  ops: number
  acks: number
  duplicates: number
  errors: number
  lost: number
  events: number
  told: number
  reads: number
  sessions: number
  faults: number
  messages: number
}

/** A refusal for good: the send isn't stored, and no retry helps. */
const DEFINITE = new Set([
  'bad_frame',
  'too_large',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'rejected',
])

/** A request without its outcome yet. */
type Pending =
  | { readonly ask: Send; readonly line: number; readonly sent: Sent; readonly connection: number }
  | { readonly ask: History; readonly line: number; readonly reading: Reading }
  | { readonly ask: Hello; readonly line: number; readonly greeting: Greeting }
  | { readonly ask: Channels; readonly line: number; readonly readings: ReadonlyMap<string, Reading> }

const CHANNEL_OF_OTHERS = 'no line says that this channel was made'

/**
 * Takes a run's history line by line, then says what was wrong with it. Keeps what can still be contradicted: a record a
 * message, a number an event. Throws UnusableHistory for what isn't a whole history of anything.
 */
export class Checker {
  readonly violations = new Violations()
  readonly counts: Counts = {
    lines: 0,
    ops: 0,
    acks: 0,
    duplicates: 0,
    errors: 0,
    lost: 0,
    events: 0,
    told: 0,
    reads: 0,
    sessions: 0,
    faults: 0,
    messages: 0,
  }
  readonly #boards = new Map<string, ChannelBoard>()
  readonly #queues = new Map<string, Queue>()
  readonly #pending = new Map<number, Pending>()
  /** Asked for again; they may be answered by an error, or by nothing but `synced`. */
  readonly #syncs = new Set<number>()
  readonly #wanted = new Map<string, { readonly sent: Sent; readonly line: number }>()
  readonly #connections = new Connections(this.violations)
  readonly #sdk = new SdkClients(this.violations)
  readonly #finals = new FinalHistories(this.violations)
  readonly #sessions: Sessions
  #run: Run | null = null
  #quietLine = 0
  #isFinal = false

  constructor({ allowResets = false }: CheckOptions = {}) {
    this.#sessions = new Sessions(this.violations, allowResets)
  }

  take(line: Line): void {
    const number = ++this.counts.lines
    if (this.#isFinal) throw new UnusableHistory(`line ${number} comes after the end`)
    if ((this.#run === null) !== (line.type === 'run'))
      throw new UnusableHistory('a history begins with its run line, and has one')
    switch (line.type) {
      case 'run':
        this.#run = line
        return
      case 'channel': {
        const { channel, kind, members } = line
        // A direct channel may be made from both sides.
        if (!this.#boards.has(channel))
          this.#boards.set(channel, new ChannelBoard(channel, kind, members, this.violations))
        return
      }
      case 'invoke':
        return this.#invoke(line, number)
      case 'ok':
        return this.#ok(line, number)
      case 'error':
        return this.#refused(line, number)
      case 'lost':
        this.counts.lost += 1
        this.#settle(line.op, number)
        return
      case 'event':
        this.counts.events += 1
        this.#sessions.event(line, number)
        if (line.kind === 'message') this.#event(line, number)
        return
      case 'synced':
        return this.#sessions.synced(line, number)
      case 'reset':
        return this.#sessions.reset(line, number)
      case 'closed':
        return this.#sessions.closed(line)
      case 'wanted': {
        this.counts.ops += 1
        const sent = this.#board(line.channel, number).send(line.user, line.cid, digest(line.text), number)
        this.#wanted.set(`${line.client} ${line.channel} ${line.cid}`, { sent, line: number })
        return
      }
      case 'sent': {
        const key = `${line.client} ${line.channel} ${line.cid}`
        const wanted = this.#wanted.get(key)
        if (wanted === undefined) throw new UnusableHistory(`line ${number}: sent, but never wanted`)
        this.#wanted.delete(key)
        this.counts.acks += 1
        this.#board(line.channel, number).ack(wanted.sent, line.seq, undefined, {
          op: null,
          invoked: wanted.line,
          line: number,
        })
        return
      }
      case 'told': {
        this.counts.told += 1
        const board = this.#boards.get(line.channel)
        if (board !== undefined) this.#sdk.told(board, line, number)
        return
      }
      case 'left':
        return this.#sdk.left(line.client)
      case 'fault':
        if (line.phase === 'begin') this.counts.faults += 1
        return
      case 'quiet':
        this.#quietLine = number
        this.#sessions.quiet(number)
        return this.#sdk.quiet()
      case 'final-history':
        return this.#finals.take(this.#board(line.channel, number), line, number)
      case 'final-queue':
        return this.#queue(line.user).final(line, number, (channel) => this.#boards.get(channel))
      case 'final':
        this.#isFinal = true
    }
  }

  /** The whole history was taken in. */
  end(): void {
    this.#requireWhole()
    const line = this.counts.lines
    const headOf = (channel: string) => this.#finals.headOf(channel)
    for (const board of this.#boards.values()) {
      this.counts.messages += headOf(board.id)
      this.#finals.end(board, line)
      board.end()
    }
    for (const queue of this.#queues.values())
      if (queue.isRead) queue.end(this.#boards.values(), headOf, line)
    this.#connections.end()
    this.#sessions.end()
    this.#sdk.end(headOf)
    this.counts.sessions = this.#sessions.count
  }

  #invoke(ask: Invoke, line: number): void {
    this.counts.ops += 1
    const pending = this.#begin(ask, line)
    if (pending === null) return
    if (this.#pending.has(ask.op))
      throw new UnusableHistory(`line ${line}: op ${ask.op} is under way already`)
    this.#pending.set(ask.op, pending)
  }

  #begin(ask: Invoke, line: number): Pending | null {
    const { client } = ask
    switch (ask.f) {
      case 'send': {
        const sent = this.#board(ask.channel, line).send(ask.user, ask.cid, digest(ask.text), line)
        return { ask, line, sent, connection: this.#connections.numberOf(client) }
      }
      case 'history':
        return { ask, line, reading: readingOf(this.#board(ask.channel, line), line) }
      case 'hello': {
        this.#sessions.opening(client)
        this.#connections.opened(client)
        const queue = this.#queue(ask.user)
        return { ask, line, greeting: { client, queue, cursor: ask.cursor, known: queue.highest, line } }
      }
      case 'channels': {
        const mine = [...this.#boards.values()].filter((board) => board.members.includes(ask.user))
        return { ask, line, readings: new Map(mine.map((board) => [board.id, readingOf(board, line)])) }
      }
      case 'sync':
        this.#syncs.add(ask.op)
        this.#sessions.again(client, ask.cursor)
        return null
    }
  }

  #ok(ok: Ok, line: number): void {
    const pending = this.#settle(ok.op, line)
    if (pending === null) return
    if (pending.ask.f !== ok.f) throw new UnusableHistory(`line ${line}: a ${ok.f} answers op ${ok.op}`)
    if ('sent' in pending && ok.f === 'send') {
      const { ask, sent, connection, line: invoked } = pending
      const { op, seq, server_at, duplicate } = ok
      this.counts.acks += 1
      if (duplicate) this.counts.duplicates += 1
      else this.#connections.acked(ask.client, connection, ask.channel, { line: invoked, op, seq })
      this.#board(ask.channel, line).ack(sent, seq, server_at, { op, invoked, line })
    } else if ('reading' in pending && ok.f === 'history') {
      this.counts.reads += 1
      const { ask, reading } = pending
      checkPage(this.#board(ask.channel, line), ask, ok, reading, line, this.violations)
    } else if ('greeting' in pending && ok.f === 'hello')
      this.#sessions.welcome(pending.greeting, ok, ok.op, line)
    else if ('readings' in pending && ok.f === 'channels') {
      this.counts.reads += 1
      checkHeads((channel) => this.#boards.get(channel), pending.readings, ok, line, this.violations)
    }
  }

  #refused({ op, code }: Refused, line: number): void {
    this.counts.errors += 1
    const pending = this.#settle(op, line)
    if (pending !== null && 'sent' in pending && DEFINITE.has(code)) pending.sent.refusals += 1
  }

  #event(event: Extract<Line, { type: 'event' }>, line: number): void {
    const { channel = '', seq = 0, cid = '', from = '', text = '' } = event
    const board = this.#boards.get(channel)
    board?.tell({ seq, cid, from, text: digest(text) }, line, `${event.client}'s session`)
  }

  #settle(op: number, line: number): Pending | null {
    if (this.#syncs.delete(op)) return null
    const pending = this.#pending.get(op)
    if (pending === undefined) throw new UnusableHistory(`line ${line}: op ${op} isn't under way`)
    this.#pending.delete(op)
    return pending
  }

  #board(channel: string, line: number): ChannelBoard {
    const board = this.#boards.get(channel)
    if (board === undefined) throw new UnusableHistory(`line ${line}: ${channel}: ${CHANNEL_OF_OTHERS}`)
    return board
  }

  #queue(user: string): Queue {
    let queue = this.#queues.get(user)
    if (queue === undefined) this.#queues.set(user, (queue = new Queue(user, this.violations)))
    return queue
  }

  /** A check that couldn't fail says so instead of passing. */
  #requireWhole(): void {
    const refuse = (why: string) => {
      throw new UnusableHistory(why)
    }
    if (this.#run === null) refuse('the history is empty')
    if (this.#boards.size === 0 || this.counts.acks === 0) refuse('no send was acked')
    if (this.counts.events + this.counts.told === 0) refuse('nobody was told anything')
    if (this.#pending.size > 0) refuse(`${this.#pending.size} requests have no outcome`)
    if (this.#quietLine === 0) refuse('the run has no quiet end')
    if (this.#sessions.standing + this.#sdk.standing === 0) refuse('nobody was there at the end')
    if (!this.#isFinal) refuse('the final state is missing or cut short')
    for (const board of this.#boards.values())
      for (const member of board.members) {
        if (!this.#finals.hasRead(board.id, member)) refuse(`${member} didn't read ${board.id} in the end`)
        if (!this.#queue(member).isRead) refuse(`${member}'s queue wasn't read in the end`)
      }
  }
}
