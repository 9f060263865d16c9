import { type Cursor, cursorOf } from './cursor.ts'
import type { Closed, Event, HelloOk, Reset, Synced } from './history.ts'
import { UnusableHistory } from './parse.ts'
import type { Queue } from './queues.ts'
import type { Violations } from './violations.ts'

type Session = {
  readonly id: string
  readonly client: string
  readonly queue: Queue
  readonly welcome: Cursor | null
  /** The last cursor that the client has from here, on the wire and read. */
  position: string
  n: number
  line: number
  /** Cursors from which the client has asked for it all again. */
  readonly again: string[]
}

/** A session that was there at the end, and how far it had been told. */
type Standing = {
  readonly session: Session
  readonly epoch: string
  readonly n: number
  readonly line: number
}

/** A `hello` under way: what any device of the user knew before it. */
export type Greeting = {
  readonly client: string
  readonly queue: Queue
  readonly cursor: string | null
  readonly known: Cursor | null
  readonly line: number
}

/** Follows every session of the raw clients along its cursors. */
export class Sessions {
  readonly #violations: Violations
  readonly #allowResets: boolean
  readonly #open = new Map<string, Session>()
  readonly #over = new Set<string>()
  readonly #byClient = new Map<string, string>()
  #standing: Standing[] = []
  count = 0

  constructor(violations: Violations, allowResets: boolean) {
    this.#violations = violations
    this.#allowResets = allowResets
  }

  /** The client opens a connection: whatever it had is over. */
  opening(client: string): void {
    const before = this.#byClient.get(client)
    if (before !== undefined) this.#end(before)
  }

  welcome(greeting: Greeting, { session: id, cursor }: HelloOk, op: number, line: number): void {
    this.count += 1
    const { client, queue, known } = greeting
    const head = cursorOf(cursor)
    const where = { client, user: queue.user, ops: [op], lines: [greeting.line, line] }
    if (head === null) this.#violations.add('cursor-fell', `${cursor} is not a cursor`, where)
    else {
      if (known !== null && known.epoch !== head.epoch && !this.#allowResets)
        this.#violations.add('reset', `the queue's epoch is ${head.epoch}, and was ${known.epoch}`, where)
      if (known?.epoch === head.epoch && head.n < known.n)
        this.#violations.add(
          'cursor-fell',
          `welcome at ${cursor} after ${known.epoch}:${known.n} was told`,
          where,
        )
      queue.know(head, line)
    }
    const position = greeting.cursor ?? cursor
    const n = cursorOf(position)?.n ?? 0
    this.#open.set(id, { id, client, queue, welcome: head, position, n, line, again: [] })
    this.#byClient.set(client, id)
  }

  again(client: string, cursor: string): void {
    const id = this.#byClient.get(client)
    if (id !== undefined) this.#open.get(id)?.again.push(cursor)
  }

  event(event: Event, line: number): void {
    const session = this.#sessionOf(event.session, line)
    if (session === null) return
    const cursor = cursorOf(event.cursor)
    const where = { client: session.client, user: session.queue.user, lines: [session.line, line] }
    if (cursor === null) {
      this.#violations.add('cursor-fell', `${event.cursor} is not a cursor`, where)
      return
    }
    const isFollowing = event.prev === session.position
    if (!isFollowing && !session.again.includes(event.prev)) {
      const isRepeat = cursor.n <= session.n && cursorOf(session.position)?.epoch === cursor.epoch
      const what = `told ${event.prev} → ${event.cursor} after ${session.position}`
      this.#violations.add(isRepeat ? 'repeat' : 'gap', what, where)
    } else if (cursor.n <= (cursorOf(event.prev)?.n ?? -1))
      this.#violations.add('cursor-fell', `told ${event.prev} → ${event.cursor}`, where)
    this.#move(session, event.cursor, cursor.n, line)
    session.queue.tell(event, cursor, line)
  }

  synced({ session: id, cursor }: Synced, line: number): void {
    const session = this.#sessionOf(id, line)
    if (session === null) return
    const { client, queue, welcome } = session
    const where = { client, user: queue.user, lines: [session.line, line] }
    session.again.shift()
    if (cursor !== session.position)
      this.#violations.add('gap', `synced at ${cursor}, but told up to ${session.position}`, where)
    const at = cursorOf(cursor)
    if (at === null) return
    if (welcome !== null && at.epoch === welcome.epoch && at.n < welcome.n)
      this.#violations.add(
        'gap',
        `synced at ${cursor}, before the welcome's ${welcome.epoch}:${welcome.n}`,
        where,
      )
    queue.know(at, line)
  }

  reset({ session: id, cursor, reason }: Reset, line: number): void {
    const session = this.#sessionOf(id, line)
    if (session === null) return
    const { client, queue } = session
    if (!this.#allowResets)
      this.#violations.add('reset', `reset (${reason}) to ${cursor} after ${session.position}`, {
        client,
        user: queue.user,
        lines: [session.line, line],
      })
    this.#move(session, cursor, cursorOf(cursor)?.n ?? 0, line)
  }

  closed({ session }: Closed): void {
    this.#end(session)
  }

  /** Whoever is here now must have been told everything. */
  quiet(line: number): void {
    this.#standing = [...this.#open.values()].map((session) => ({
      session,
      epoch: cursorOf(session.position)?.epoch ?? '',
      n: session.n,
      line,
    }))
  }

  end(): void {
    for (const { session, epoch, n, line } of this.#standing) {
      const last = session.queue.lastMessage
      if (last === null || last.epoch !== epoch || n >= last.n) continue
      this.#violations.add(
        'untold',
        `stood at ${epoch}:${n} in the end, the last message at ${epoch}:${last.n}`,
        {
          client: session.client,
          user: session.queue.user,
          lines: [session.line, line],
        },
      )
    }
  }

  /** How many were there in the end. */
  get standing(): number {
    return this.#standing.length
  }

  /** Null for one that is over: its last frames may be recorded after the client's next `hello`. */
  #sessionOf(id: string, line: number): Session | null {
    const session = this.#open.get(id)
    if (session === undefined && !this.#over.has(id))
      throw new UnusableHistory(`line ${line}: no hello began session ${id}`)
    return session ?? null
  }

  #move(session: Session, position: string, n: number, line: number): void {
    session.position = position
    session.n = n
    session.line = line
  }

  #end(id: string): void {
    const session = this.#open.get(id)
    if (session === undefined) return
    this.#open.delete(id)
    this.#over.add(id)
    if (this.#byClient.get(session.client) === id) this.#byClient.delete(session.client)
  }
}
