import { queuePage } from '../../../shared/fabric/calls.ts'
import type { Directory } from '../../../shared/fabric/directory.ts'
import type { QueuedEvent } from '../../../shared/fabric/wire/register.ts'
import type { Log } from '../../../shared/log/log.ts'
import { toWeftError, unavailable } from '../../../shared/protocol/errors.ts'
import { metrics } from '../metrics.ts'
import { LOW_WATER_BYTES } from './catch-up-limits.ts'
import type { Cursor } from './cursor.ts'
import { formatCursor } from './cursor.ts'
import type { Feeds, Verdict } from './feeds.ts'
import type { Registration, Registrations } from './registrations.ts'
import type { Greeted, Session } from './session.ts'
import { Slots } from './slots.ts'
import { passingFrame } from './splice.ts'

const BACKOFF_FIRST_MS = 20
const BACKOFF_LAST_MS = 2_000
/** A new session is told to try elsewhere after this many attempts that failed. */
const HELLO_ATTEMPTS = 2

export type CatchUp = {
  readonly why: 'hello' | 'sync' | 'renewal' | 'gap'
  /** Null = from the head. */
  readonly cursor: Cursor | null
  /** Called with the queue's head, before anything else is sent. */
  readonly welcome?: (head: Cursor) => void
  /** Of the `sync` frame, for its `reset`. */
  readonly id?: number
}

/** A catch-up that is under way. */
type Run = {
  readonly session: Session
  readonly greeted: Greeted
  readonly task: CatchUp
  readonly run: number
}

/**
 * Brings sessions from their cursor to live: what they missed comes page by page from the owner's memory, or from the
 * store, as the client takes it; the last page, from memory, registers the session in the same step. What came live
 * meanwhile was only noted, and if there was anything, we ask once more from there: no gap, and nothing twice.
 */
export class Registrar {
  readonly #directory: Directory
  readonly #registrations: Registrations
  readonly #feeds: Feeds
  readonly #log: Log
  readonly #slots: Slots
  readonly #waitingMax: number
  /** Register requests under way by session: one that ended meanwhile is unregistered after its answer. */
  readonly #asking = new Map<Session, number>()
  /** Told when an answer shows that all sessions of a partition have to register again. */
  onVerdict: (partition: number, verdict: Verdict) => void = () => {}

  constructor(parts: {
    readonly directory: Directory
    readonly registrations: Registrations
    readonly feeds: Feeds
    readonly log: Log
    readonly catchUpsMax: number
    readonly waitingMax: number
  }) {
    this.#directory = parts.directory
    this.#registrations = parts.registrations
    this.#feeds = parts.feeds
    this.#log = parts.log
    this.#slots = new Slots(parts.catchUpsMax)
    this.#waitingMax = parts.waitingMax
  }

  /** Refuse new sessions while this is so. */
  get full(): boolean {
    return this.#slots.waiting > this.#waitingMax
  }

  /** A catch-up that was under way for the session is given up for this one. */
  catchUp(session: Session, task: CatchUp): void {
    const { greeted, feed } = session
    if (greeted === null || session.closed) return
    feed.live = false
    const run = { session, greeted, task, run: ++feed.run }
    metrics.catchUps.inc({ why: task.why })
    void this.#inSlot(run).catch((error: unknown) => {
      this.#log.error({ err: error }, 'a catch-up failed unexpectedly')
      session.close('TRY_AGAIN_LATER')
    })
  }

  closed(session: Session): void {
    session.drained()
    if (!this.#asking.has(session)) this.#unregister(session)
  }

  async #inSlot(run: Run): Promise<void> {
    await this.#slots.acquire()
    metrics.catchUpsInFlight.inc()
    try {
      await this.#run(run)
    } finally {
      metrics.catchUpsInFlight.dec()
      this.#slots.release()
    }
  }

  async #run(run: Run): Promise<void> {
    const { session, task, greeted } = run
    const { feed } = session
    const { partition } = greeted.entry
    let cursor = task.cursor
    let welcome = task.welcome
    // What moved since the client was here itself, however far this catch-up has got.
    let marksAfter = task.cursor?.n ?? null
    let isSyncWanted = task.why === 'hello' || task.why === 'sync'
    for (let failures = 0; !isOver(run); ) {
      const generation = this.#feeds.generation(partition)
      const answer = await this.#register(run, cursor, failures, marksAfter)
      if (isOver(run)) return
      if (answer === null || answer.result.status === 'busy') {
        if (answer === null && welcome !== undefined && failures + 1 >= HELLO_ATTEMPTS) {
          session.error(undefined, unavailable('your queue can’t be reached just now'))
          return session.close('TRY_AGAIN_LATER')
        }
        await backoff(failures++)
        continue
      }
      const { status, epoch, head, events } = answer.result
      welcome?.({ epoch, n: head })
      welcome = undefined
      if (status === 'epoch' || (cursor !== null && cursor.epoch !== epoch)) {
        cursor = this.#reset(run, 'epoch', { epoch, n: head })
        marksAfter = null
        isSyncWanted = false
        continue
      }
      feed.epoch = epoch
      feed.last = cursor?.n ?? head
      if (status === 'store') {
        const reached = await this.#fromStore(run, head, failures)
        if (isOver(run)) return
        if (reached === 'expired') {
          cursor = this.#reset(run, 'expired', { epoch, n: head })
          marksAfter = null
          isSyncWanted = false
          continue
        }
        failures = reached === 'again' ? failures + 1 : 0
        cursor = { epoch, n: feed.last }
        continue
      }
      const isWhole = deliver(session, events)
      cursor = { epoch, n: feed.last }
      if (!isWhole) {
        this.#log.error({ partition }, 'a queue’s events were not consecutive: they are asked for again')
        await backoff(failures++)
        continue
      }
      failures = 0
      if (status === 'page') {
        await session.whenDrained(LOW_WATER_BYTES)
        continue
      }
      const isCurrent = answer.verdict === 'ok' && generation === this.#feeds.generation(partition)
      if (isCurrent && greeted.entry.newest <= feed.last) {
        for (const json of answer.result.passing ?? []) session.text(passingFrame(json).toString())
        // No wait from here on: what comes next comes live.
        if (isSyncWanted) session.frame({ t: 'synced', cursor: formatCursor(cursor) })
        feed.generation = generation
        feed.live = true
        session.releaseMarks()
        return
      }
      // A number that the owner doesn't know is of a time before this queue's present epoch.
      if (events.length === 0 && isCurrent) greeted.entry.newest = Math.min(greeted.entry.newest, head)
    }
  }

  /** Null if nobody answered, or someone who doesn't own the partition any more. */
  async #register(
    { session, greeted }: Run,
    cursor: Cursor | null,
    failures: number,
    marksAfter: number | null,
  ): Promise<(Registration & { readonly verdict: Verdict }) | null> {
    const { entry, identity, device } = greeted
    this.#asking.set(session, (this.#asking.get(session) ?? 0) + 1)
    session.registered = true
    try {
      const registration = await this.#registrations.register(entry.partition, {
        session: session.id,
        user: entry.user,
        device,
        handle: entry.handle,
        since: session.since,
        cursor,
        name: identity.name,
        ...(marksAfter === null ? {} : { marksAfter }),
      })
      const { term, number } = registration
      const verdict = this.#feeds.answered(entry.partition, term, number, performance.now())
      if (verdict === 'gap' || verdict === 'new-owner') this.onVerdict(entry.partition, verdict)
      return verdict === 'stale' ? null : { ...registration, verdict }
    } catch (error) {
      const { code, message } = toWeftError(error)
      this.#log.warn(
        { code, message, partition: entry.partition, failures },
        'a session could not be registered',
      )
      return null
    } finally {
      const left = (this.#asking.get(session) ?? 1) - 1
      if (left > 0) this.#asking.set(session, left)
      else {
        this.#asking.delete(session)
        if (session.closed) this.#unregister(session)
      }
    }
  }

  /** What the owner no longer has in memory, until the store has no more of it. */
  async #fromStore(run: Run, head: number, failures: number): Promise<'on' | 'again' | 'expired'> {
    const { session, greeted } = run
    const { feed } = session
    const before = feed.last
    try {
      while (!isOver(run)) {
        const page = await this.#directory.callStorage(queuePage, {
          user: greeted.entry.user,
          after: feed.last,
        })
        if (isOver(run)) return 'on'
        if (page.oldest === 0 ? head > feed.last : page.oldest - 1 > feed.last) return 'expired'
        if (page.events.length === 0) break
        if (!deliver(session, page.events)) return 'expired'
        if (feed.last >= head) break
        await session.whenDrained(LOW_WATER_BYTES)
      }
      if (feed.last > before) return 'on'
    } catch (error) {
      this.#log.warn({ err: error }, 'a queue could not be read from the store')
    }
    await backoff(failures)
    return 'again'
  }

  /** The client takes a snapshot and goes on from the head as it is now; so does its session. */
  #reset({ session, task }: Run, reason: 'expired' | 'epoch', head: Cursor): Cursor {
    metrics.resets.inc({ reason })
    session.frame({
      t: 'reset',
      ...(task.id === undefined ? {} : { id: task.id }),
      reason,
      cursor: formatCursor(head),
    })
    session.feed.epoch = head.epoch
    session.feed.last = head.n
    return head
  }

  #unregister(session: Session): void {
    const { greeted } = session
    if (greeted === null || !session.registered) return
    session.registered = false
    const { entry, device } = greeted
    const last = entry.sessions.size === 0
    this.#registrations.unregister(entry.partition, { session: session.id, user: entry.user, device, last })
  }
}

const isOver = ({ session, run }: Run): boolean => session.closed || session.feed.run !== run

/** False if an event was missing before one of these. */
function deliver(session: Session, events: readonly QueuedEvent[]): boolean {
  const { feed } = session
  for (const { n, json } of events) {
    if (n <= feed.last) continue
    if (n !== feed.last + 1) return false
    feed.last = n
    session.event(n, json)
  }
  return true
}

const backoff = (failures: number): Promise<void> =>
  new Promise((resolve) =>
    setTimeout(
      resolve,
      5 + Math.random() * Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures, 10)),
    ),
  )
