/** The promises, by the names under which their breaches are reported. */
export const RULES = {
  'acked-kept': 'an acked send stands in the final history at its seq, and in each member’s queue',
  dense: 'a channel’s messages are 1, 2, 3, … with no holes, in every page, queue and list',
  'one-order': 'everyone is shown the same message at (channel, seq), at any time',
  'send-order': 'sends of one connection to one channel commit in the order sent',
  once: 'a cid stands at one seq; a message stands once in a queue',
  unsent: 'nothing is shown that nobody sent',
  altered: 'a message’s text is what was sent',
  'refused-stored': 'what was refused for good is stored nowhere',
  gap: 'a client is told every event after its cursor, each naming the one before',
  repeat: 'a client is told nothing twice',
  untold: 'whoever was there at the end was told everything',
  queue: 'every device is told the same events at the same cursors, and the queue keeps them',
  'read-your-writes': 'a read begun after an ack shows that message',
  'cursor-fell': 'cursors only rise',
  'time-fell': 'a message’s time is one, and never before that of the message before it',
  reset: 'no queue loses its past while nothing expires',
} as const

export type Rule = keyof typeof RULES

export type Violation = {
  readonly rule: Rule
  readonly what: string
  readonly channel?: string
  readonly user?: string
  readonly client?: string
  readonly seq?: number
  /** Requests and lines of the history that show it. */
  readonly ops: readonly number[]
  readonly lines: readonly number[]
}

/** Kept in full for each rule; more are only counted. */
const KEPT_MAX = 50

export class Violations {
  readonly kept: Violation[] = []
  readonly #counts = new Map<Rule, number>()

  add(rule: Rule, what: string, where: Partial<Omit<Violation, 'rule' | 'what'>> = {}): void {
    const count = (this.#counts.get(rule) ?? 0) + 1
    this.#counts.set(rule, count)
    if (count <= KEPT_MAX) this.kept.push({ rule, what, ops: [], lines: [], ...where })
  }

  get counts(): ReadonlyMap<Rule, number> {
    return this.#counts
  }
}
