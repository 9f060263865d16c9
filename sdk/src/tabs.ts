import { WeftError } from './errors.ts'
import type { ConnectionState, OutboxEntry } from './types.ts'
import type { Command, Update } from './update.ts'
import { uuidv7 } from './uuid.ts'

/** Between tabs an error travels as plain data: structured clones lose classes. */
type Flat = { readonly code: WeftError['code']; readonly message: string; readonly retryAfter?: number }
type Note =
  /** A new tab (or one that missed something) asks where the core stands. */
  | { readonly note: 'join'; readonly from: string }
  /** A tab became the one with the core: everyone joins again. */
  | { readonly note: 'leading' }
  | { readonly note: 'command'; readonly command: Command; readonly error?: Flat }
  | {
      readonly note: 'update'
      readonly to?: string
      readonly update: Update
      readonly errors: readonly (Flat | null)[]
    }

export interface Leadership {
  /** Resolves to a release function once this tab is the only one; rejects when aborted. */
  acquire(name: string, signal: AbortSignal): Promise<() => void>
}

/** Web Locks: the browser itself passes the lock on when a tab goes away, crashed or closed. */
export const webLocks: Leadership = {
  acquire: (name, signal) =>
    new Promise((resolve, reject) => {
      navigator.locks
        .request(name, { signal }, () => new Promise<void>((release) => resolve(() => release())))
        .catch(reject)
    }),
}

export const canShareTabs = (): boolean =>
  typeof BroadcastChannel === 'function' &&
  typeof navigator === 'object' &&
  'locks' in navigator &&
  'document' in globalThis

export interface TabsHandlers {
  /** This tab leads from now on: it makes the core. */
  lead(): Promise<void>
  /** As the leader: what another tab asks of the core. */
  command(command: Command): void
  /** As the leader: where the core stands, for a tab that joined. */
  everything(): Update
  /** As a follower: what the leader's core tells. */
  update(update: Update): void
  /** As a follower: the leader was told of us; unsettled entries of ours are named to it again. */
  joined(): void
  problem(error: unknown): void
}

/** One tab has the core and with it the connection; the others see through it and act through it. */
export class Tabs {
  readonly #name: string
  readonly #handlers: TabsHandlers
  readonly #leadership: Leadership
  readonly #me = uuidv7()
  #channel: BroadcastChannel | undefined
  #abort = new AbortController()
  #release: (() => void) | undefined
  #joined = false
  #role: 'none' | 'follower' | 'leader' = 'none'

  constructor(name: string, handlers: TabsHandlers, leadership: Leadership = webLocks) {
    this.#name = `weft:${name}`
    this.#handlers = handlers
    this.#leadership = leadership
  }

  get leading(): boolean {
    return this.#role === 'leader'
  }

  open(): void {
    if (this.#role !== 'none') return
    this.#role = 'follower'
    this.#joined = false
    this.#abort = new AbortController()
    this.#channel = new BroadcastChannel(this.#name)
    this.#channel.onmessage = (event: MessageEvent<Note>) => this.#receive(event.data)
    this.#post({ note: 'join', from: this.#me })
    this.#leadership.acquire(this.#name, this.#abort.signal).then(
      (release) => this.#lead(release),
      (error: unknown) => {
        if (this.#role !== 'none') this.#handlers.problem(error)
      },
    )
  }

  close(): void {
    this.#role = 'none'
    this.#abort.abort()
    this.#channel?.close()
    this.#channel = undefined
    this.#release?.()
    this.#release = undefined
  }

  /** As the leader, to all others. */
  tell(update: Update): void {
    if (this.#role === 'leader') this.#postUpdate(update)
  }

  /** As a follower, to the leader. Before the answer to `join` it is kept by the caller and told by `joined`. */
  ask(command: Command): void {
    if (this.#role !== 'follower') return
    this.#post({ note: 'command', command })
  }

  async #lead(release: () => void): Promise<void> {
    if (this.#role === 'none') return release()
    this.#release = release
    this.#role = 'leader'
    try {
      await this.#handlers.lead()
      this.#post({ note: 'leading' })
    } catch (error) {
      // A tab that can't lead mustn't keep the others from it.
      this.#handlers.problem(error)
      this.close()
    }
  }

  #receive(note: Note): void {
    if (this.#role === 'leader') {
      if (note.note === 'join') this.#postUpdate(this.#handlers.everything(), note.from)
      if (note.note === 'command') this.#handlers.command(note.command)
      return
    }
    if (note.note === 'leading') {
      this.#joined = false
      this.#post({ note: 'join', from: this.#me })
    }
    if (note.note !== 'update' || (note.to !== undefined && note.to !== this.#me)) return
    const first = note.to !== undefined
    // Until it knows where the core stands, a change means nothing to it.
    if (!this.#joined && !first) return
    this.#joined = true
    this.#handlers.update(unflatten(note.update, note.errors))
    if (first) this.#handlers.joined()
  }

  #post(note: Note): void {
    this.#channel?.postMessage(note)
  }

  #postUpdate(update: Update, to?: string): void {
    const { plain, errors } = flatten(update)
    this.#post({ note: 'update', update: plain, errors, ...(to === undefined ? {} : { to }) })
  }
}

const flat = (error: WeftError | undefined): Flat | null =>
  error
    ? {
        code: error.code,
        message: error.message,
        ...(error.retryAfter === undefined ? {} : { retryAfter: error.retryAfter }),
      }
    : null

const full = (error: Flat): WeftError =>
  new WeftError(
    error.code,
    error.message,
    error.retryAfter === undefined ? {} : { retryAfter: error.retryAfter },
  )

/** Errors stand beside the update, in the order in which `unflatten` meets their places. */
function flatten(update: Update): { plain: Update; errors: (Flat | null)[] } {
  const errors: (Flat | null)[] = []
  const state = (value: ConnectionState): ConnectionState => {
    errors.push(flat('problem' in value ? value.problem : undefined))
    if (!('problem' in value)) return value
    const { problem: _, ...rest } = value
    return rest
  }
  const entry = (value: OutboxEntry): OutboxEntry => {
    errors.push(flat(value.error))
    const { error: _, ...rest } = value
    return rest
  }
  return { plain: mapErrors(update, state, entry), errors }
}

function unflatten(update: Update, errors: readonly (Flat | null)[]): Update {
  const left = [...errors]
  const state = (value: ConnectionState): ConnectionState => {
    const error = left.shift()
    if (!error || (value.status !== 'offline' && value.status !== 'stopped')) return value
    return { ...value, problem: full(error) }
  }
  const entry = (value: OutboxEntry): OutboxEntry => {
    const error = left.shift()
    return error ? { ...value, error: full(error) } : value
  }
  return mapErrors(update, state, entry)
}

function mapErrors(
  update: Update,
  state: (value: ConnectionState) => ConnectionState,
  entry: (value: OutboxEntry) => OutboxEntry,
): Update {
  switch (update.type) {
    case 'all': {
      const { all } = update
      return { type: 'all', all: { ...all, state: state(all.state), outbox: all.outbox.map(entry) } }
    }
    case 'state':
      return { type: 'state', state: state(update.state) }
    case 'outbox':
      return { ...update, entry: entry(update.entry) }
    default:
      return update
  }
}
