import type { UserShape } from '../../../shared/fabric/calls.ts'
import type { SeenUser } from '../../../shared/fabric/wire/presence.ts'
import type { Log } from '../../../shared/log/log.ts'
import { unavailable, WeftError } from '../../../shared/protocol/errors.ts'
import type { Presence } from '../../../shared/protocol/events.ts'
import type { UserId } from '../../../shared/protocol/ids.ts'
import { isStatusOver } from '../../../shared/protocol/settings.ts'
import type { EdgeConfig } from '../config.ts'
import { TokenBucket } from '../limits/token-bucket.ts'
import { metrics } from '../metrics.ts'
import type { Session } from '../session/session.ts'
import type { Question, Shown, Sights } from './audience.ts'
import {
  hidden,
  newTarget,
  presenceFrame,
  presenceOf,
  profileFrame,
  type Sight,
  type Target,
  type Viewer,
} from './target.ts'

/** How long a watch may wait for the present state, a change of owner included (ms). */
const WAIT_MS = 8_000

export type WatchesParts = {
  readonly config: Pick<EdgeConfig, 'watchesPerSession' | 'watchesPerEdge' | 'watchRate' | 'watchBurst'>
  readonly reports: { readonly watch: (user: UserId) => void; readonly unwatch: (user: UserId) => void }
  /** What the viewers may see of each user. @throws `unavailable` */
  readonly ask: (questions: readonly Question[]) => Promise<Sights>
  /** Of presence. */
  readonly partitionOf: (user: UserId) => number
  readonly log: Log
}

type Watcher = {
  readonly targets: Set<Target>
  readonly bucket: TokenBucket
  /** Users of watches that are under way. */
  pending: number
}

/** Whom this edge's sessions watch: one interest a user, however many sessions; each viewer sees what they may. */
export class Watches {
  readonly #parts: WatchesParts
  readonly #targets = new Map<UserId, Target>()
  readonly #watchers = new Map<Session, Watcher>()
  /** Those of whom it has to be asked anew who may see them. */
  readonly #doubtful = new Set<Target>()
  /** Those whose status ends by itself. */
  readonly #ending = new Set<Target>()
  #isAsking = false

  constructor(parts: WatchesParts) {
    this.#parts = parts
  }

  /**
   * From its answer on the session is told what changes.
   * @throws WeftError `too_large` beyond what a session may watch, `rate_limited`, `unavailable`.
   */
  async watch(session: Session, viewer: UserId, given: readonly UserId[]): Promise<Presence[]> {
    const users = [...new Set(given)]
    const watcher = this.#watcherOf(session)
    this.#admit(watcher, users)
    const targets = users.map((user) => this.#hold(user))
    const rules = targets.map((target) => target.rules)
    watcher.pending += users.length
    try {
      const questions = users.map((user) => ({ user, viewers: [viewer] }))
      const [sights] = await Promise.all([this.#parts.ask(questions), untilKnown(targets)])
      if (session.closed) return []
      return targets.map((target, index) => {
        const one = this.#join(target, session, watcher, viewer)
        const shown = sights.get(target.user)
        one.sight = shown?.viewers.get(viewer) ?? null
        this.#says(target, shown)
        // What was answered may not hold any more.
        if (rules[index] !== target.rules) this.#doubt(target)
        return one.suspended ? hidden(target.user) : seenBy(one, target)
      })
    } finally {
      watcher.pending -= users.length
      for (const target of targets) {
        target.holds--
        this.#release(target)
      }
    }
  }

  unwatch(session: Session, viewer: UserId, users: readonly UserId[]): void {
    for (const user of users) {
      const target = this.#targets.get(user)
      if (target !== undefined) this.#leave(target, session, viewer)
    }
  }

  closed(session: Session): void {
    const watcher = this.#watchers.get(session)
    const viewer = session.greeted?.identity.user
    this.#watchers.delete(session)
    if (watcher === undefined || viewer === undefined) return
    for (const target of watcher.targets) this.#leave(target, session, viewer)
  }

  /** What an owner tells of a user. */
  told(state: SeenUser): void {
    const target = this.#targets.get(state.user)
    if (target === undefined) return
    const before = target.state
    target.state = state
    const { waiters } = target
    target.waiters = []
    for (const waiter of waiters) waiter()
    if (before !== null && before.rank === state.rank && before.text === state.text) return
    showAll(target, state)
  }

  /** A user's profile is another from now on. */
  profileChanged(profile: UserShape): void {
    const frame = profileFrame(profile)
    for (const viewer of this.#targets.get(profile.id)?.viewers.values() ?? [])
      if (viewer.sight !== null && !viewer.suspended) show(viewer, frame)
  }

  /** Who may see the user has changed. */
  rulesChanged(user: UserId): void {
    const target = this.#targets.get(user)
    if (target !== undefined) this.#doubt(target)
  }

  /** A partition has a new owner: what changed while there was none was told to nobody. */
  doubtPartition(partition: number): void {
    for (const target of this.#targets.values())
      if (this.#parts.partitionOf(target.user) === partition) this.#doubtful.add(target)
  }

  /** Once a second: what couldn't be asked is asked again. */
  look(): void {
    metrics.watches.set(this.#targets.size)
    this.#endStatuses(Date.now())
    if (this.#doubtful.size > 0) this.#askAgain()
  }

  #says(target: Target, shown: Shown | undefined): void {
    target.status = shown?.status ?? null
    if (typeof target.status?.until === 'string') this.#ending.add(target)
    else this.#ending.delete(target)
  }

  /** What somebody says of themselves is over at its time, without a word of theirs. */
  #endStatuses(now: number): void {
    for (const target of this.#ending) {
      const { status, state } = target
      if (status !== null && !isStatusOver(status, now)) continue
      this.#ending.delete(target)
      target.status = null
      if (state !== null) showAll(target, state)
    }
  }

  #watcherOf(session: Session): Watcher {
    const known = this.#watchers.get(session)
    if (known !== undefined) return known
    const { watchBurst, watchRate } = this.#parts.config
    const bucket = new TokenBucket(watchBurst, watchRate, performance.now())
    const watcher = { targets: new Set<Target>(), bucket, pending: 0 }
    this.#watchers.set(session, watcher)
    return watcher
  }

  #admit(watcher: Watcher, users: readonly UserId[]): void {
    const { watchesPerSession, watchesPerEdge } = this.#parts.config
    let added = 0
    for (const user of users) {
      const target = this.#targets.get(user)
      if (target === undefined || !watcher.targets.has(target)) added++
    }
    if (watcher.targets.size + watcher.pending + added > watchesPerSession)
      throw new WeftError('too_large', `users: a session watches at most ${watchesPerSession} people`)
    if (this.#targets.size + added > watchesPerEdge)
      throw unavailable('this edge watches as many as it can', 5)
    const wait = watcher.bucket.take(performance.now(), users.length)
    if (wait > 0)
      throw new WeftError('rate_limited', 'too many people to watch at once', { retryAfter: wait })
  }

  #hold(user: UserId): Target {
    let target = this.#targets.get(user)
    if (target === undefined) {
      target = newTarget(user)
      this.#targets.set(user, target)
      this.#parts.reports.watch(user)
    }
    target.holds++
    return target
  }

  #release(target: Target): void {
    if (target.holds > 0 || target.viewers.size > 0) return
    if (this.#targets.get(target.user) !== target) return
    this.#targets.delete(target.user)
    this.#doubtful.delete(target)
    this.#ending.delete(target)
    this.#parts.reports.unwatch(target.user)
  }

  #join(target: Target, session: Session, watcher: Watcher, user: UserId): Viewer {
    const viewer = target.viewers.get(user) ?? { sessions: new Set(), sight: null, suspended: false }
    target.viewers.set(user, viewer)
    viewer.sessions.add(session)
    watcher.targets.add(target)
    return viewer
  }

  #leave(target: Target, session: Session, user: UserId): void {
    const viewer = target.viewers.get(user)
    this.#watchers.get(session)?.targets.delete(target)
    if (viewer?.sessions.delete(session) !== true || viewer.sessions.size > 0) return
    target.viewers.delete(user)
    this.#release(target)
  }

  #doubt(target: Target): void {
    target.rules++
    for (const viewer of target.viewers.values()) viewer.suspended = true
    this.#doubtful.add(target)
    this.#askAgain()
  }

  #askAgain(): void {
    if (this.#isAsking) return
    this.#isAsking = true
    // What comes in one message is one question.
    setImmediate(() => {
      const targets = [...this.#doubtful]
      this.#doubtful.clear()
      this.#ask(targets)
        .catch((error: unknown) => {
          for (const target of targets) if (target.viewers.size > 0) this.#doubtful.add(target)
          this.#parts.log.debug({ err: error }, 'who may see whom could not be asked; trying again')
        })
        .finally(() => {
          this.#isAsking = false
        })
    })
  }

  async #ask(targets: readonly Target[]): Promise<void> {
    const asked = targets.map((target) => ({
      target,
      rules: target.rules,
      viewers: [...target.viewers.keys()],
    }))
    const questions = asked.map(({ target, viewers }) => ({ user: target.user, viewers }))
    const sights = await this.#parts.ask(questions)
    for (const { target, rules, viewers } of asked) {
      // Changed again meanwhile: it is asked once more.
      if (rules !== target.rules) {
        this.#doubtful.add(target)
        continue
      }
      const shown = sights.get(target.user)
      this.#says(target, shown)
      for (const user of viewers) judged(target, user, shown?.viewers.get(user) ?? null)
    }
  }
}

/** Shows one who may see a user what they missed, and one who may not any more that there is nothing to see. */
function judged(target: Target, user: UserId, sight: Sight | null): void {
  const viewer = target.viewers.get(user)
  if (viewer === undefined) return
  const isNew = viewer.sight !== sight || viewer.suspended
  viewer.sight = sight
  viewer.suspended = false
  if (!isNew) return
  show(viewer, presenceFrame(seenBy(viewer, target)))
}

const seenBy = ({ sight }: Viewer, { state, status, user }: Target) =>
  sight === null || state === null ? hidden(user) : presenceOf(state, sight, status)

/** Each viewer sees what they may; the frame of a sight is made once. */
function showAll({ viewers, status }: Target, state: SeenUser): void {
  const frames = new Map<Sight, string>()
  for (const viewer of viewers.values()) {
    const { sight } = viewer
    if (sight === null || viewer.suspended) continue
    const frame = frames.get(sight) ?? presenceFrame(presenceOf(state, sight, status))
    frames.set(sight, frame)
    show(viewer, frame)
  }
}

function show(viewer: Viewer, frame: string): void {
  for (const session of viewer.sessions) session.text(frame)
}

/** @throws `unavailable` if an owner doesn't tell in time. */
function untilKnown(targets: readonly Target[]): Promise<void> {
  const unknown = targets.filter(({ state }) => state === null)
  if (unknown.length === 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    let left = unknown.length
    const timer = setTimeout(() => reject(unavailable('presence can’t be asked just now')), WAIT_MS)
    const known = () => {
      if (--left > 0) return
      clearTimeout(timer)
      resolve()
    }
    for (const target of unknown) target.waiters.push(known)
  })
}
