/**
 * The history file of a run: JSON Lines, one object a line, in the order of happening as the recorder saw it: a
 * request's `invoke` is written before it leaves, an answer when it is in. `at` is in ms since the run's start, from a
 * monotonic clock. What no client asked for or was told stands in no line; ids and texts are as on the wire.
 */

/** First line. `secret` signs the tokens (HS256) with which the final state is read. */
export type Run = {
  readonly type: 'run'
  readonly seed: number
  readonly shape: string
  /** RFC 3339. */
  readonly started: string
  readonly secret?: string
}

/** A channel that the workload made, once its creation was answered; its members stay the same. */
export type Channel = {
  readonly type: 'channel'
  readonly channel: string
  readonly kind: 'direct' | 'group' | 'broadcast'
  readonly members: readonly string[]
}

/** What every request has: `op` is unique in the file, `client` the owner of one connection at a time (a device). */
type Asked = {
  readonly type: 'invoke'
  readonly at: number
  readonly op: number
  readonly client: string
  readonly user: string
  readonly device: string
}

export type Send = Asked & {
  readonly f: 'send'
  readonly channel: string
  readonly cid: string
  readonly text: string
}
export type History = Asked & {
  readonly f: 'history'
  readonly channel: string
  readonly before?: number
  readonly after?: number
  readonly limit: number
}
/** A connection's first request; the client's session before it, if any, is over. */
export type Hello = Asked & { readonly f: 'hello'; readonly cursor: string | null }
/** Its outcome is the session's next `synced` line; no `ok` follows. */
export type Sync = Asked & { readonly f: 'sync'; readonly cursor: string }
/** GET /v1/channels. */
export type Channels = Asked & { readonly f: 'channels' }
export type Invoke = Send | History | Hello | Sync | Channels

type Answered = { readonly type: 'ok'; readonly at: number; readonly op: number }
export type SendOk = Answered & {
  readonly f: 'send'
  readonly seq: number
  /** The message's own time, RFC 3339. */
  readonly server_at: string
  readonly duplicate: boolean
}
export type HistoryOk = Answered & {
  readonly f: 'history'
  readonly items: readonly Item[]
  readonly partial: boolean
  /** `next` was not null. Without it, a page that ends early proves nothing. */
  readonly more?: boolean
}
export type HelloOk = Answered & { readonly f: 'hello'; readonly session: string; readonly cursor: string }
export type ChannelsOk = Answered & {
  readonly f: 'channels'
  readonly items: readonly {
    readonly id: string
    readonly head: number
    readonly unread: number
    readonly read: number
  }[]
}
export type Ok = SendOk | HistoryOk | HelloOk | ChannelsOk

/** A message as a history page shows it; `at` in RFC 3339. */
export type Item = {
  readonly seq: number
  readonly cid: string
  readonly from: string
  readonly text: string
  readonly at: string
}

/** Answered with an error. */
export type Refused = {
  readonly type: 'error'
  readonly at: number
  readonly op: number
  readonly code: string
  readonly retry_after?: number
}
/** No answer will come: the connection went, or the client waited long enough. It may have happened. */
export type Lost = { readonly type: 'lost'; readonly at: number; readonly op: number; readonly why: string }

/** An event that has a cursor, as a session of a raw client was told it. Only messages have the last five fields. */
export type QueueEvent = {
  readonly cursor: string
  readonly prev: string
  readonly kind: string
  readonly channel?: string
  readonly seq?: number
  readonly cid?: string
  readonly from?: string
  readonly text?: string
}
export type Event = QueueEvent & {
  readonly type: 'event'
  readonly at: number
  readonly client: string
  readonly user: string
  readonly session: string
}
export type Synced = {
  readonly type: 'synced'
  readonly at: number
  readonly client: string
  readonly session: string
  readonly cursor: string
}
export type Reset = {
  readonly type: 'reset'
  readonly at: number
  readonly client: string
  readonly session: string
  readonly cursor: string
  readonly reason: string
}
export type Closed = {
  readonly type: 'closed'
  readonly at: number
  readonly client: string
  readonly session: string
  readonly code: number
}

/** A client over the SDK called `send`. Such a client's name stands for one life of it: after `left` it never comes again. */
export type Wanted = {
  readonly type: 'wanted'
  readonly at: number
  readonly client: string
  readonly user: string
  readonly channel: string
  readonly cid: string
  readonly text: string
}
/** That send's promise was kept. */
export type Sent = {
  readonly type: 'sent'
  readonly at: number
  readonly client: string
  readonly user: string
  readonly channel: string
  readonly cid: string
  readonly seq: number
}
/** The SDK handed its app a new message: once each, in the channel's order, without holes after the first. */
export type Told = {
  readonly type: 'told'
  readonly at: number
  readonly client: string
  readonly user: string
  readonly channel: string
  readonly seq: number
  readonly cid: string
  readonly from: string
  readonly text: string
}
/** That client over the SDK was stopped. */
export type Left = { readonly type: 'left'; readonly at: number; readonly client: string }

export type Fault = {
  readonly type: 'fault'
  readonly at: number
  readonly phase: 'begin' | 'end'
  readonly name: string
  readonly detail: string
}

/**
 * The faults are over, no request is open, and everyone had time to hear what was left. Sessions and SDK clients that are
 * still there (they close after this line) must have been told everything by now. Every run has this line once.
 */
export type Quiet = { readonly type: 'quiet'; readonly at: number }

/** A part of a channel's whole history, in its order, as a member reads it after the run; long ones take many lines. */
export type FinalHistory = {
  readonly type: 'final-history'
  readonly channel: string
  readonly reader: string
  readonly items: readonly Item[]
}
/** A part of a user's queue as a new device is told it after the run, from the cursor `since` on; long ones take many lines. */
export type FinalQueue = {
  readonly type: 'final-queue'
  readonly user: string
  readonly since: string
  readonly events: readonly QueueEvent[]
}
/** Last line: the final state stands above it, whole. */
export type Final = { readonly type: 'final' }

export type Line =
  | Run
  | Channel
  | Invoke
  | Ok
  | Refused
  | Lost
  | Event
  | Synced
  | Reset
  | Closed
  | Wanted
  | Sent
  | Told
  | Left
  | Fault
  | Quiet
  | FinalHistory
  | FinalQueue
  | Final
