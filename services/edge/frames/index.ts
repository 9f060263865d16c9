import type { z } from 'zod'
import { toWeftError, WeftError } from '../../../shared/protocol/errors.ts'
import { flawIn } from '../../../shared/protocol/flaws.ts'
import { type ClientFrame, type ClientFrameType, clientFrames } from '../../../shared/protocol/frames.ts'
import { MAX_FRAME_BYTES } from '../../../shared/protocol/limits.ts'
import type { EdgeContext } from '../context.ts'
import { metrics } from '../metrics.ts'
import type { Greeted, Session } from '../session/session.ts'
import { hello } from './hello.ts'
import { deleteMessage, edit, pin, react } from './message-change.ts'
import { close, open } from './open.ts'
import { ping, pong } from './ping.ts'
import { presence, state } from './presence.ts'
import { read } from './read.ts'
import { received } from './received.ts'
import { send } from './send.ts'
import { sync } from './sync.ts'
import { typing } from './typing.ts'
import { unwatch, watch } from './watch.ts'

/** Frames that may wait while a hello is being checked. */
const HELD_MAX = 4_096
const HELD_MAX_BYTES = 4 * 1024 * 1024

/** Every frame of the protocol and who serves it; `hello` is served before. */
export function serve(
  context: EdgeContext,
  session: Session,
  greeted: Greeted,
  frame: ClientFrame,
): void | Promise<void> {
  switch (frame.t) {
    case 'hello':
      throw new WeftError('bad_frame', 't: hello was said already')
    case 'send':
      return send(context, session, greeted, frame)
    case 'sync':
      return sync(context, session, greeted, frame)
    case 'read':
      return read(context, session, greeted, frame)
    case 'received':
      return received(context, session, greeted, frame)
    case 'open':
      return open(context, session, greeted, frame)
    case 'close':
      return close(context, session, greeted, frame)
    case 'typing':
      return typing(context, session, greeted, frame)
    case 'presence':
      return presence(context, session, greeted, frame)
    case 'state':
      return state(context, session, greeted, frame)
    case 'watch':
      return watch(context, session, greeted, frame)
    case 'unwatch':
      return unwatch(context, session, greeted, frame)
    case 'edit':
      return edit(context, session, greeted, frame)
    case 'delete':
      return deleteMessage(context, session, greeted, frame)
    case 'react':
      return react(context, session, greeted, frame)
    case 'pin':
      return pin(context, session, greeted, frame)
    case 'ping':
      return ping(context, session, greeted, frame)
    case 'pong':
      return pong(context, session, greeted, frame)
  }
}

/** What clients send without anybody's doing. */
const BY_THEMSELVES: ReadonlySet<ClientFrameType> = new Set([
  'ping',
  'pong',
  'received',
  'sync',
  'watch',
  'unwatch',
])

function markActive(context: EdgeContext, session: Session): void {
  session.activeAt = session.heardAt
  if (session.device.idle) context.presence.active(session)
}

/** By type: finding a counter by its labels costs more than counting. */
const counts = new Map<ClientFrameType, { inc(): void }>()
function countOf(t: ClientFrameType): { inc(): void } {
  const known = counts.get(t)
  if (known !== undefined) return known
  const made = metrics.frames.labels(t)
  counts.set(t, made)
  return made
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const bad = (message: string) => new WeftError('bad_frame', message)

/** The number that its answer carries. */
export const idIn = (given: object): number | undefined =>
  'id' in given && typeof given.id === 'number' && Number.isSafeInteger(given.id) && given.id > 0
    ? given.id
    : undefined

export const isFrameType = (t: unknown): t is ClientFrameType =>
  typeof t === 'string' && Object.hasOwn(clientFrames, t)

/** Where in the frame, and what is wrong with it. */
export function explain(error: z.ZodError): string {
  const issue = error.issues[0]
  if (issue === undefined) return 'the frame has the wrong shape'
  const where = issue.path.map(String).join('.')
  return where === '' ? issue.message : `${where}: ${issue.message}`
}

/** Takes a message of a client's socket. Whatever it is, it gets an answer or is served; nobody else is disturbed. */
export function onMessage(
  context: EdgeContext,
  session: Session,
  data: ArrayBuffer,
  isBinary: boolean,
): void {
  if (session.closed) return
  session.heard()
  if (data.byteLength > MAX_FRAME_BYTES) {
    session.error(undefined, new WeftError('too_large', `a frame has at most ${MAX_FRAME_BYTES} bytes`))
    return session.close('FRAME_TOO_LARGE')
  }
  if (isBinary) return session.badFrame(undefined, bad('frames are text, not binary'))
  let given: unknown
  try {
    // The server passes on only text that is UTF-8; it is made sure of here.
    given = JSON.parse(utf8.decode(data))
  } catch {
    return session.badFrame(undefined, bad('not JSON'))
  }
  if (session.greeting) {
    session.heldBytes += data.byteLength
    if (session.held.length >= HELD_MAX || session.heldBytes > HELD_MAX_BYTES) {
      // Nothing of it was served: refusing single frames would let those behind them overtake.
      session.error(undefined, new WeftError('rate_limited', 'too many frames before the welcome'))
      return session.close('RATE_LIMITED')
    }
    session.held.push(() => take(context, session, given))
  } else take(context, session, given)
}

function take(context: EdgeContext, session: Session, given: unknown): void {
  if (session.closed) return
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return session.badFrame(undefined, bad('a frame is a JSON object'))
  const id = idIn(given)
  const flaw = flawIn(given)
  if (flaw !== undefined) return session.badFrame(id, bad(flaw))
  const t = 't' in given ? given.t : undefined
  if (!isFrameType(t)) {
    const what = t === undefined ? 't: is missing' : 't: is not a known frame'
    return session.greeted === null ? refuseStranger(session, id) : session.badFrame(id, bad(what))
  }
  countOf(t).inc()
  const { greeted } = session
  if (greeted === null && t !== 'hello') return refuseStranger(session, id)
  const parsed = clientFrames[t].safeParse(given)
  if (!parsed.success) return session.badFrame(id, bad(explain(parsed.error)))
  const frame: ClientFrame = parsed.data
  if (!BY_THEMSELVES.has(t)) markActive(context, session)
  try {
    if (greeted === null) {
      if (frame.t === 'hello') answerLater(session, id, hello(context, session, frame))
      return
    }
    const served = serve(context, session, greeted, frame)
    if (served !== undefined) answerLater(session, id, served)
  } catch (error) {
    fail(context, session, id, error)
  }

  function answerLater(from: Session, frameId: number | undefined, serving: Promise<void>): void {
    serving.catch((error: unknown) => fail(context, from, frameId, error))
  }
}

function fail(context: EdgeContext, session: Session, id: number | undefined, error: unknown): void {
  const refusal = toWeftError(error)
  if (!(error instanceof WeftError)) context.log.error({ err: error }, 'a frame failed unexpectedly')
  else if (error.cause !== undefined && error.code === 'unavailable')
    context.log.warn({ err: error.cause }, 'a frame could not be answered')
  if (session.closed) return
  if (refusal.code === 'bad_frame') session.badFrame(id, refusal)
  else session.error(id, refusal)
}

/** The first frame has to be a hello. */
function refuseStranger(session: Session, id: number | undefined): void {
  session.error(id, new WeftError('unauthenticated', 'the first frame must be hello'))
  session.close('UNAUTHENTICATED')
}
