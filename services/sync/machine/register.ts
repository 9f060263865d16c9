import type { HeldEvent } from '../../../shared/fabric/held-event.ts'
import { MAX_PAGE_BYTES } from '../../../shared/fabric/registry.ts'
import type {
  QueuedEvent,
  RegisterEntry,
  RegisterRequest,
  RegisterResult,
} from '../../../shared/fabric/wire/register.ts'
import type { EdgeLink } from './edge-link.ts'
import type { Edges } from './edges.ts'
import type { Marks } from './marks.ts'
import type { UserQueue } from './queue.ts'
import type { Users } from './users.ts'

const EVENT_OVERHEAD_BYTES = 10
const RESULT_OVERHEAD_BYTES = 64
const RESPONSE_OVERHEAD_BYTES = 64

type Place = {
  readonly users: Users
  readonly marks: Marks
  readonly edges: Edges
  readonly epochOf: (user: UserQueue['user']) => string
}

/** The events that the cursors of a request miss and that are in memory, no more of them than an answer holds. */
export function* missedEvents(
  { users, epochOf }: Place,
  request: RegisterRequest,
): Generator<{ readonly n: number; readonly event: HeldEvent }> {
  let bytes = 0
  for (const { user, cursor } of request.entries) {
    const queue = users.find(user)
    if (queue === undefined || cursor === null || cursor.epoch !== epochOf(user)) continue
    if (cursor.n + 1 < queue.oldest) continue
    for (let n = cursor.n + 1; n <= queue.head && bytes < MAX_PAGE_BYTES; n++) {
      const event = queue.at(n)
      if (event === undefined) break
      bytes += event.bytes
      yield { n, event }
    }
  }
}

/**
 * Catch-up and registration, one step: it runs between two commits and reads only what is committed, so what is
 * answered here and what is sent from the next commit on meet without a seam and without an overlap.
 */
export function registerAll(place: Place, request: RegisterRequest, link: EdgeLink): RegisterResult[] {
  let room = MAX_PAGE_BYTES - RESPONSE_OVERHEAD_BYTES - request.entries.length * RESULT_OVERHEAD_BYTES
  return request.entries.map((entry) => {
    const result = registerOne(place, entry, link, room)
    for (const event of result.events) room -= event.json.length + EVENT_OVERHEAD_BYTES
    for (const json of result.passing ?? []) room -= json.length + EVENT_OVERHEAD_BYTES
    return result
  })
}

function registerOne(place: Place, entry: RegisterEntry, link: EdgeLink, room: number): RegisterResult {
  const { users, edges, epochOf } = place
  const { cursor } = entry
  const queue = users.get(entry.user)
  const answer = (status: RegisterResult['status'], events: readonly QueuedEvent[] = []): RegisterResult => ({
    status,
    epoch: epochOf(entry.user),
    head: queue.head,
    events,
  })
  const present = queue.sessions?.get(entry.device)
  if (present !== undefined && present.session !== entry.session && present.since > entry.since) {
    link.replaced(entry.session)
    link.flush()
    return answer('busy')
  }
  if (cursor !== null) {
    if (cursor.epoch !== epochOf(entry.user) || cursor.n > queue.head) return answer('epoch')
    if (cursor.n + 1 < queue.oldest) return answer('store')
    const page = pageFrom(queue, cursor.n + 1, room)
    const reached = page.at(-1)?.n ?? cursor.n
    if (reached < queue.head) return answer(page.length === 0 ? 'busy' : 'page', page)
    const passing = namedHeads(place, queue, entry)
    const left = page.reduce((sum, { json }) => sum - json.length - EVENT_OVERHEAD_BYTES, room)
    if (passing.reduce((sum, json) => sum - json.length - EVENT_OVERHEAD_BYTES, left) < 0)
      return answer(page.length === 0 ? 'busy' : 'page', page)
    edges.attach(queue, link, entry)
    return { ...answer('live', page), passing }
  }
  edges.attach(queue, link, entry)
  return answer('live')
}

/** Heads of channels above the threshold that moved since the client was last here. */
const namedHeads = ({ marks }: Place, queue: UserQueue, { marksAfter }: RegisterEntry): Uint8Array[] =>
  queue.marked === null || marksAfter === undefined ? [] : marks.named(queue, queue.packOf(marksAfter))

/** Events from `first` on as long as there is room; a single one that is larger than a page goes alone. */
function pageFrom(queue: UserQueue, first: number, room: number): QueuedEvent[] {
  const page: QueuedEvent[] = []
  for (let n = first, left = room; n <= queue.head; n++) {
    const json = queue.at(n)?.json
    // Still sealed: its key wasn't loaded when this step began.
    if (json === null || json === undefined) break
    left -= json.length + EVENT_OVERHEAD_BYTES
    const alone = page.length === 0 && room >= MAX_PAGE_BYTES / 2
    if (left < 0 && !alone) break
    page.push({ n, json })
  }
  return page
}
