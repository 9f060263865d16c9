import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { isJson, type Json, number, text } from '../src/wire.ts'
import { administrationRoute } from './model-administration.ts'
import { type Opened, PollSession, serveEvents } from './model-http.ts'

type Event = { [key: string]: unknown; kind: string }
interface Queue {
  epoch: string
  n: number
  /** Everything up to here has been let go. */
  floor: number
  events: { n: number; prev: number; event: Event }[]
}
interface Stored extends Event {
  seq: number
  from: string
  cid: string
}
export interface ModelChannel {
  id: string
  kind: string
  name: string | null
  rev: number
  messages: Stored[]
  /** User → the head at which it joined. */
  members: Map<string, number>
  reads: Map<string, number>
  cids: Map<string, number>
  /** As it is told, those that say something. */
  settings: { [key: string]: unknown }
  roles: Map<string, string>
  bans: Set<string>
  invites: Map<string, Json>
}
interface Session {
  id: string
  user: string
  device: string
  /** What frames go out by, whichever transport it is. */
  socket: Down
  /** Channels whose sends are refused until this cid comes again: what was in flight after it must not overtake it. */
  blocked: Map<string, string>
}

/** The part of a WebSocket that sessions use; `model-http.ts` has it for SSE and long polls. */
export interface Down {
  send(frame: string): void
  close(code?: number): void
  terminate(): void
}

/** What goes wrong; each is asked for every time it could. */
export interface Faults {
  event(): 'ok' | 'drop' | 'twice'
  ack(): 'ok' | 'lose' | 'cut'
  refuse(): { code: string; retry_after?: number } | undefined
  http(): { status: number; code: string } | undefined
  received?(cursor: string, user: string): void
}
export const NO_FAULTS: Faults = {
  event: () => 'ok',
  ack: () => 'ok',
  refuse: () => undefined,
  http: () => undefined,
}

/** A small server that speaks the protocol honestly, from memory, and misbehaves where it is told to. */
export class ModelServer {
  readonly channels = new Map<string, ModelChannel>()
  readonly frames: Json[] = []
  readonly hellos: Json[] = []
  faults: Faults = NO_FAULTS
  heartbeatS = 25
  tokenS = 300
  /** The handshake is refused while it is down. */
  down = false
  deaf = false
  readonly revoked = new Set<string>()
  readonly accounts = new Map<string, { id: string; password: string }>()
  readonly refreshTokens = new Map<string, string>()
  refreshes = 0
  readonly #queues = new Map<string, Queue>()
  readonly #sessions = new Set<Session>()
  readonly #opened = new Map<string, Opened>()
  readonly #polls = new Map<string, PollSession>()
  #sessionCount = 0
  readonly #http = createServer((request, response) => void this.#answer(request, response))
  readonly #sockets = new WebSocketServer({ noServer: true })
  #tokens = 0

  static async start(): Promise<ModelServer> {
    const server = new ModelServer()
    server.#http.on('upgrade', (request, socket, head) => {
      if (server.down || request.url !== '/v1/ws') return socket.destroy()
      server.#sockets.handleUpgrade(request, socket, head, (ws) => server.#accept(ws))
    })
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve))
    return server
  }

  get url(): string {
    const { port } = this.#http.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  get connected(): number {
    return this.#sessions.size
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
  }

  addChannel(id: string, members: string[], kind = 'group'): ModelChannel {
    const channel: ModelChannel = {
      id,
      kind,
      name: kind === 'direct' ? null : id,
      rev: 1,
      messages: [],
      members: new Map(members.map((user) => [user, 0])),
      reads: new Map(),
      cids: new Map(),
      settings: {},
      roles: new Map(),
      bans: new Set(),
      invites: new Map(),
    }
    this.channels.set(id, channel)
    for (const user of members)
      this.enqueue(user, { kind: 'channel', change: 'created', channel: id, channel_kind: kind })
    return channel
  }

  /** Tells the members what became of a channel. */
  changed(channel: ModelChannel, by: string, change: string, more: Json = {}): void {
    channel.rev += 1
    const { id, kind, name, rev, members, settings } = channel
    const told = { name, channel_kind: kind, members: members.size, ...settings, ...more }
    for (const user of members.keys())
      this.enqueue(user, { kind: 'channel', change, channel: id, rev, by, ...told })
  }

  /** A message of somebody else, or of this user's other device. */
  append(channelId: string, from: string, body: string, cid = `c${Math.random()}`.replace('.', '')): number {
    const channel = this.channels.get(channelId)
    if (!channel) throw new Error(`no channel ${channelId}`)
    const key = `${from} ${cid}`
    const before = channel.cids.get(key)
    if (before !== undefined) return before
    const seq = channel.messages.length + 1
    const message: Stored = {
      kind: 'message',
      channel: channelId,
      seq,
      from,
      device: 'd',
      at: now(),
      cid,
      body,
    }
    channel.messages.push(message)
    channel.cids.set(key, seq)
    channel.rev += 1
    channel.reads.set(from, seq)
    for (const user of channel.members.keys()) this.enqueue(user, message)
    return seq
  }

  enqueue(user: string, event: Event): void {
    const queue = this.queue(user)
    const prev = queue.n
    // Numbers rise but aren't dense.
    queue.n += 1 + (prev % 3)
    queue.events.push({ n: queue.n, prev, event })
    for (const session of this.#sessions) {
      if (session.user === user) this.#sendEvent(session, { n: queue.n, prev, event })
    }
  }

  queue(user: string): Queue {
    const known = this.#queues.get(user)
    if (known) return known
    const made: Queue = { epoch: 'e1', n: 0, floor: 0, events: [] }
    this.#queues.set(user, made)
    return made
  }

  cursor(user: string): string {
    const { epoch, n } = this.queue(user)
    return `${epoch}:${n}`
  }

  /** As after a region's failover: the history under the cursor may be another. */
  newEpoch(user: string): void {
    const queue = this.queue(user)
    queue.epoch = `e${Number(queue.epoch.slice(1)) + 1}`
    queue.n = 0
    queue.floor = 0
    queue.events = []
  }

  /** The queue lets go of all that it holds. */
  expire(user: string): void {
    const queue = this.queue(user)
    queue.floor = queue.n
    queue.events = []
  }

  /** Ends connections: without a word, or with a close code. */
  cut(code?: number): void {
    for (const { socket } of this.#sessions) {
      if (code === undefined) socket.terminate()
      else socket.close(code)
    }
  }

  say(frame: Json): void {
    for (const { socket } of this.#sessions) socket.send(JSON.stringify(frame))
  }

  /** Opens a session whose events go `down`, and whose commands come over HTTP. */
  #open(down: Down, hello: Json): Opened | undefined {
    const session = this.#hello(down, hello)
    if (!session) return undefined
    const opened: Opened = {
      id: session.id,
      command: (frame, answer) => {
        this.frames.push(frame)
        this.#frame(session, frame, { ...down, send: answer })
      },
      ended: () => {
        this.#sessions.delete(session)
        this.#opened.delete(session.id)
        this.#polls.delete(session.id)
      },
    }
    this.#opened.set(session.id, opened)
    return opened
  }

  /** True if it was one of the calls that sessions over HTTP are made of. */
  #sessionCall(request: IncomingMessage, response: ServerResponse, url: URL, body: Json): boolean {
    const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
    const hello = { token, ...Object.fromEntries(url.searchParams) }
    const name = String(request.headers['weft-session'])
    const gone = (code: string, status: number) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { code, message: code } }))
      return true
    }
    if (!['/v1/events', '/v1/poll', '/v1/commands'].includes(url.pathname)) return false
    if (this.down) {
      request.socket.destroy()
      return true
    }
    if (this.#userOf(token) === undefined) return gone('unauthenticated', 401)
    if (url.pathname === '/v1/events') {
      serveEvents(request, response, hello, this.heartbeatS, (down) => this.#open(down, hello))
      return true
    }
    if (url.pathname === '/v1/poll') {
      const known = this.#polls.get(name)
      const poll = known ?? new PollSession()
      if (request.headers['weft-session'] !== undefined && !known) return gone('not_found', 404)
      if (!known) {
        const opened = this.#open(poll.down, hello)
        if (opened) {
          this.#polls.set(opened.id, poll)
          poll.onEnd = () => opened.ended()
        }
      }
      poll.poll(response, Number(url.searchParams.get('wait') ?? 0))
      return true
    }
    const opened = this.#opened.get(name)
    if (!opened) return gone('not_found', 404)
    response.on('close', () => clearTimeout(timer))
    // What has no answer in the protocol has an empty one over HTTP.
    const timer = setTimeout(() => response.headersSent || response.writeHead(204).end(), 5)
    opened.command(body, (frame) => {
      clearTimeout(timer)
      if (response.headersSent) return
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(frame)
    })
    return true
  }

  #accept(socket: WebSocket): void {
    let session: Session | undefined
    socket.on('close', () => session && this.#sessions.delete(session))
    socket.on('message', (data: Buffer) => {
      if (this.deaf) return
      const frame: unknown = JSON.parse(data.toString())
      if (!isJson(frame)) return
      this.frames.push(frame)
      if (frame.t === 'hello') session = this.#hello(socket, frame)
      else if (session) this.#frame(session, frame)
      else {
        socket.send(JSON.stringify({ t: 'error', id: frame.id, code: 'unauthenticated', message: 'hello' }))
        socket.close(4401)
      }
    })
  }

  #hello(socket: Down, frame: Json): Session | undefined {
    this.hellos.push(frame)
    const user = this.#userOf(text(frame.token))
    const say = (answer: Json) => socket.send(JSON.stringify(answer))
    if (user === undefined) {
      say({ t: 'error', id: frame.id, code: 'unauthenticated', message: 'token' })
      socket.close(4401)
      return undefined
    }
    const device = text(frame.device) ?? ''
    for (const other of this.#sessions) {
      if (other.user === user && other.device === device) other.socket.close(4409)
    }
    const id = `s${++this.#sessionCount}`
    const session: Session = { id, user, device, socket, blocked: new Map() }
    const { heartbeatS: heartbeat } = this
    const cursor = this.cursor(user)
    say({
      t: 'welcome',
      id: frame.id,
      user,
      device,
      session: id,
      region: 'eu',
      edge: 'e',
      heartbeat,
      cursor,
    })
    this.#replay(session, text(frame.cursor) ?? cursor)
    this.#sessions.add(session)
    return session
  }

  #replay(session: Session, cursor: string, id?: unknown): void {
    const queue = this.queue(session.user)
    const [epoch, n] = [cursor.split(':')[0], Number(cursor.split(':')[1])]
    const head = this.cursor(session.user)
    const say = (frame: Json) => session.socket.send(JSON.stringify(frame))
    if (epoch !== queue.epoch || n > queue.n) return say({ t: 'reset', id, reason: 'epoch', cursor: head })
    if (n < queue.floor) return say({ t: 'reset', id, reason: 'expired', cursor: head })
    for (const held of queue.events) if (held.n > n) this.#sendEvent(session, held)
    say({ t: 'synced', cursor: head })
  }

  #sendEvent({ user, socket }: Session, { n, prev, event }: Queue['events'][number]): void {
    const { epoch } = this.queue(user)
    const fault = this.faults.event()
    if (fault === 'drop') return
    const frame = JSON.stringify({ t: 'event', cursor: `${epoch}:${n}`, prev: `${epoch}:${prev}`, event })
    socket.send(frame)
    if (fault === 'twice') socket.send(frame)
  }

  #frame(session: Session, frame: Json, socket: Down = session.socket): void {
    const { user } = session
    const ok = (more: Json = {}) => socket.send(JSON.stringify({ t: 'ok', id: frame.id, ...more }))
    switch (frame.t) {
      case 'ping':
        return socket.send(JSON.stringify({ t: 'pong', id: frame.id }))
      case 'sync':
        ok()
        return this.#replay(session, text(frame.cursor) ?? '', frame.id)
      case 'received':
        return this.faults.received?.(text(frame.cursor) ?? '', user)
      case 'read': {
        const channel = this.channels.get(text(frame.channel) ?? '')
        const seq = number(frame.seq) ?? 0
        if (channel && seq > (channel.reads.get(user) ?? 0)) {
          channel.reads.set(user, seq)
          for (const member of channel.members.keys()) {
            this.enqueue(member, { kind: 'read', channel: channel.id, user, seq })
          }
        }
        return ok()
      }
      case 'send':
        return this.#send(session, frame, socket)
    }
  }

  #send(session: Session, frame: Json, socket: Down): void {
    const { user, blocked } = session
    const [channelId, cid] = [text(frame.channel) ?? '', text(frame.cid) ?? '']
    const error = (code: string, more: Json = {}) =>
      socket.send(JSON.stringify({ t: 'error', id: frame.id, code, message: code, ...more }))
    const channel = this.channels.get(channelId)
    if (!channel?.members.has(user)) return error('forbidden')
    if (frame.body === 'rejected') return error('rejected')
    const first = blocked.get(channelId)
    if (first !== undefined && first !== cid) return error('unavailable', { retry_after: 0.002 })
    blocked.delete(channelId)
    const refusal = this.faults.refuse()
    if (refusal) {
      blocked.set(channelId, cid)
      return error(refusal.code, { retry_after: refusal.retry_after ?? 0.002 })
    }
    const duplicate = channel.cids.has(`${user} ${cid}`)
    const seq = this.append(channelId, user, String(frame.body), cid)
    const fault = this.faults.ack()
    if (fault === 'cut') return socket.terminate()
    if (fault === 'lose') return
    const ack = {
      t: 'ack',
      id: frame.id,
      channel: channelId,
      seq,
      at: now(),
      cid,
      duplicate,
      level: 'region',
    }
    socket.send(JSON.stringify(ack))
  }

  #userOf(token: string | undefined): string | undefined {
    if (token === undefined || this.revoked.has(token)) return undefined
    return token.split('.')[0]
  }

  shape(channel: ModelChannel, user: string): Json {
    const head = channel.messages.length
    const read = channel.reads.get(user) ?? 0
    const from = Math.max(read, channel.members.get(user) ?? 0)
    const unread = channel.messages.filter((message) => message.seq > from && message.from !== user).length
    const { id, kind, name, rev } = channel
    const members = channel.members.size
    return {
      id,
      kind,
      name,
      members,
      head,
      read,
      unread,
      muted: false,
      role: channel.roles.get(user) ?? 'member',
      rev,
      fanout: 'queue',
      lineage: 'l',
      ...channel.settings,
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const raw = Buffer.concat(chunks).toString()
    const parsed: unknown = raw === '' ? {} : JSON.parse(raw)
    const url = new URL(request.url ?? '/', this.url)
    if (this.#sessionCall(request, response, url, isJson(parsed) ? parsed : {})) return
    const token = request.headers.authorization?.slice('Bearer '.length)
    const [status, body] = this.#route(request.method ?? 'GET', url, isJson(parsed) ? parsed : {}, token)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(status === 204 ? undefined : JSON.stringify(body))
  }

  #route(method: string, url: URL, body: Json, token: string | undefined): [number, Json] {
    const failed = (status: number, code: string): [number, Json] => [
      status,
      { error: { code, message: code } },
    ]
    const fault = this.faults.http()
    if (fault) return failed(fault.status, fault.code)
    const path = url.pathname.slice('/v1/'.length).split('/').map(decodeURIComponent)
    const open = this.#accountRoute(method, path.join('/'), body)
    if (open) return open
    const user = this.#userOf(token)
    if (user === undefined) return failed(401, 'unauthenticated')
    if (path[0] === 'sessions') return [204, {}]
    const mine = [...this.channels.values()].filter((channel) => channel.members.has(user))
    if (path[0] === 'sync') {
      // Two to a page, so that paging is met everywhere.
      const start = Number(url.searchParams.get('cursor') ?? 0)
      const channels = mine.slice(start, start + 2).map((channel) => this.shape(channel, user))
      return [
        200,
        { cursor: this.cursor(user), channels, next: start + 2 < mine.length ? String(start + 2) : null },
      ]
    }
    if (path[0] === 'me') return [200, { user: { id: user, name: user, display_name: user, avatar: null } }]
    if (path[0] === 'users') return [200, { id: path[1], name: path[1], display_name: path[1], avatar: null }]
    const administered = administrationRoute(this, user, method, path, url.searchParams, body)
    if (administered) return administered
    if (path[0] !== 'channels') return failed(404, 'not_found')
    if (path.length === 1 && method === 'POST') {
      const members = Array.isArray(body.members) ? body.members.map(String) : []
      const id = `new${this.channels.size}`
      const channel = this.addChannel(id, [user, ...members], text(body.kind))
      return [201, { channel: this.shape(channel, user) }]
    }
    const channel = mine.find(({ id }) => id === path[1])
    if (!channel) return failed(404, 'not_found')
    if (path[2] === 'messages') return [200, { items: page(channel.messages, url.searchParams), next: null }]
    if (path[2] === 'members' && method === 'DELETE') {
      channel.members.delete(path[3] ?? '')
      this.enqueue(user, { kind: 'channel', change: 'left', channel: channel.id, user: path[3] })
      return [204, {}]
    }
    return [200, { channel: this.shape(channel, user) }]
  }

  #accountRoute(method: string, path: string, body: Json): [number, Json] | undefined {
    const failed = (status: number, code: string): [number, Json] => [
      status,
      { error: { code, message: code } },
    ]
    const name = text(body.name) ?? ''
    if (method !== 'POST') return undefined
    if (path === 'accounts') {
      if (this.accounts.has(name)) return failed(409, 'conflict')
      this.accounts.set(name, { id: name, password: text(body.password) ?? '' })
      return [201, { user: { id: name, name, display_name: name, avatar: null } }]
    }
    if (path === 'sessions') {
      const account = this.accounts.get(name)
      if (!account || account.password !== body.password) return failed(401, 'unauthenticated')
      return [201, this.#newTokens(name)]
    }
    if (path === 'sessions/refresh') {
      this.refreshes += 1
      const user = this.refreshTokens.get(text(body.refresh_token) ?? '')
      if (user === undefined) return failed(401, 'unauthenticated')
      this.refreshTokens.clear()
      return [200, this.#newTokens(user)]
    }
    return undefined
  }

  #newTokens(user: string): Json {
    this.#tokens += 1
    const refresh = `r.${this.#tokens}`
    this.refreshTokens.set(refresh, user)
    return {
      user: { id: user, name: user, display_name: user, avatar: null },
      access_token: `${user}.${this.#tokens}`,
      refresh_token: refresh,
      expires_in: this.tokenS,
    }
  }
}

const now = () => new Date().toISOString()

function page(messages: readonly Stored[], query: URLSearchParams): readonly Stored[] {
  const limit = Number(query.get('limit') ?? 50)
  const [before, after, around] = ['before', 'after', 'around'].map((name) => query.get(name))
  if (after !== null && after !== undefined)
    return messages.filter(({ seq }) => seq > Number(after)).slice(0, limit)
  if (around !== null && around !== undefined) {
    const start = Math.max(0, Number(around) - 1 - Math.floor(limit / 2))
    return messages.slice(start, start + limit)
  }
  return messages
    .filter(({ seq }) => before === null || before === undefined || seq < Number(before))
    .slice(-limit)
}
