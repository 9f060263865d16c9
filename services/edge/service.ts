import { randomBytes, randomUUID } from 'node:crypto'
import type { Fabric } from '../../shared/fabric/connection.ts'
import type { Directory } from '../../shared/fabric/directory.ts'
import type { Log } from '../../shared/log/log.ts'
import { unavailable, WeftError } from '../../shared/protocol/errors.ts'
import { type EdgeId, type SessionId, trusted } from '../../shared/protocol/ids.ts'
import { MAX_FRAME_BYTES } from '../../shared/protocol/limits.ts'
import type { Service } from '../../shared/service.ts'
import { Revocations } from './auth/revocations.ts'
import { Tickets } from './auth/tickets.ts'
import { Tokens } from './auth/tokens.ts'
import { Users } from './auth/users.ts'
import type { EdgeConfig } from './config.ts'
import type { EdgeContext } from './context.ts'
import { onMessage } from './frames/index.ts'
import { createLimits } from './limits/index.ts'
import { TokenBucket } from './limits/token-bucket.ts'
import { metrics } from './metrics.ts'
import { AWAITED, PRESENT } from './presence/device.ts'
import { Presence } from './presence/presence.ts'
import { corsHeaders, errorAnswer, onHttp } from './server/http.ts'
import { missing, StorageProbe } from './server/readiness.ts'
import type { Socket, SocketHandler } from './server/socket.ts'
import { staticFiles } from './server/static-files.ts'
import { startServer } from './server/uws.ts'
import { startSessionClock } from './session/clock.ts'
import { Delivery } from './session/delivery.ts'
import { drainSessions } from './session/drain.ts'
import { Feeds } from './session/feeds.ts'
import { Broadcaster } from './session/open/broadcaster.ts'
import { OpenChannels } from './session/open/open-channels.ts'
import { Outgoing } from './session/outgoing.ts'
import { Registrar } from './session/registrar.ts'
import { Registrations } from './session/registrations.ts'
import { Sends } from './session/sends.ts'
import { Session } from './session/session.ts'
import { Sessions } from './session/sessions.ts'
import type { Transport } from './session/transport.ts'
import { Typing } from './session/typing.ts'
import { CommandSessions } from './transports/command-sessions.ts'
import { Polls } from './transports/polls.ts'

/** RFC 7518 asks for a key at least as long as the hash. */
const SECRET_CHARS = 32

export type EdgeService = Service & {
  /** `http://host:port`, with the port that was bound. */
  readonly url: string
}

export type EdgeOptions = {
  readonly config: EdgeConfig
  readonly fabric: Fabric
  readonly directory: Directory
  readonly log: Log
}

/**
 * Takes clients: their sockets and HTTP calls. Keeps no truth.
 * @throws if the port is taken or the fabric can't be reached.
 */
export async function createEdge({ config, fabric, directory, log }: EdgeOptions): Promise<EdgeService> {
  if (config.tokenSecret !== undefined && config.tokenSecret.length < SECRET_CHARS)
    log.warn(`WEFT_TOKEN_SECRET has less than ${SECRET_CHARS} characters: it can be guessed`)
  let draining = false
  const edge = trusted<EdgeId>(randomUUID())
  const incarnation = Date.now()
  const identity = { directory, edge, incarnation, log }
  const sessions = new Sessions(directory)
  const feeds = new Feeds()
  const registrations = new Registrations(identity)
  const registrar = new Registrar({ directory, registrations, feeds, log, ...config })
  const delivery = new Delivery({ fabric, sessions, feeds, registrar, ...identity })
  const sends = new Sends({ config, fabric, directory, edge, log })
  const typing = new Typing({ config, fabric, directory })
  const presence = new Presence({ config, fabric, sessions, ...identity })
  const outgoing = new Outgoing(config.sendBufferBytes)
  let publish: (topic: string, frame: Uint8Array) => void = () => {}
  const opens = new OpenChannels({
    fabric,
    broadcaster: new Broadcaster(config.sendBufferBytes, (topic, frame) => publish(topic, frame)),
    openChannelsMax: config.openChannelsMax,
    ...identity,
  })
  const revocations = await Revocations.open(
    fabric,
    log,
    (family) => {
      for (const session of [...sessions.ofFamily(family)]) session.close('UNAUTHENTICATED')
    },
    (user, device) => {
      for (const session of [...sessions.ofUser(user)])
        if (
          session.greeted !== null &&
          session.greeted.device === device &&
          revocations.isRemoved(session.greeted.identity, device)
        )
          session.close('UNAUTHENTICATED')
    },
  )
  const newSession = (socket: Socket, transport: Transport) => {
    const hasRate = config.limits === 'on'
    const bucket = (burst: number, rate: number) =>
      hasRate ? new TokenBucket(burst, rate, performance.now()) : null
    const sendBucket = bucket(config.sendBurst, config.sendRate)
    const writeBucket = bucket(config.writeBurst, config.writeRate)
    const id = trusted<SessionId>(randomBytes(16).toString('base64url'))
    const device = transport === 'websocket' ? PRESENT : AWAITED
    return new Session({ id, transport, socket, outgoing, sendBucket, writeBucket, device })
  }
  const openSession = (socket: Socket, transport: Transport) => {
    const session = newSession(socket, transport)
    sessions.open(session)
    const handler: SocketHandler = {
      message: (data, isBinary) => onMessage(context, session, data, isBinary),
      alive: () => session.heard(),
      drained: () => session.drained(),
      closed: () => {
        session.closed = true
        sessions.close(session)
        outgoing.forget(session)
        sends.forget(session)
        typing.closed(session)
        opens.forget(session)
        registrar.closed(session)
      },
    }
    return { session, handler }
  }
  const refuse = () => {
    if (!draining && sessions.size < config.connectionsMax) return null
    metrics.refused.inc()
    return unavailable(draining ? 'this edge is leaving' : 'this edge is full', 5)
  }
  const context: EdgeContext = {
    config,
    fabric,
    directory,
    log,
    edge,
    incarnation,
    limits: createLimits(config),
    tokens: new Tokens(directory, config.tokenSecret),
    revocations,
    users: new Users(directory),
    sessions,
    registrar,
    sends,
    typing,
    presence,
    opens,
    tickets: await Tickets.open(fabric),
    polls: new Polls(),
    commands: new CommandSessions(
      (socket) => newSession(socket, 'command'),
      (user) => directory.partitionOf('sync', user),
    ),
    openSession,
    refuse,
    draining: () => draining,
  }
  const notReady = (): string | null => (draining ? 'leaving' : missing(fabric, directory))
  const storage = new StorageProbe(directory, log)

  delivery.start()
  sends.start()
  typing.start()
  presence.start()
  opens.start()
  const files = staticFiles(config.web, config.edges)
  const server = await startServer({
    host: config.host,
    port: config.port,
    bodyMaxBytes: MAX_FRAME_BYTES,
    trustProxy: config.trustProxy === 'on',
    http: (request) => onHttp(context, files, { notReady, storage }, request),
    tooLarge: (request) => {
      const refusal = new WeftError('too_large', `a body has at most ${MAX_FRAME_BYTES} bytes`)
      return errorAnswer(refusal, corsHeaders(config.corsOrigins, request))
    },
    refuseSocket: () => {
      const refusal = refuse()
      return refusal === null ? null : errorAnswer(refusal)
    },
    socket: (socket) => openSession(socket, 'websocket').handler,
  })
  publish = server.publish
  const stopClock = startSessionClock(sessions, config)
  const stop = () => {
    stopClock()
    sends.stop()
    typing.stop()
    presence.stop()
    opens.stop()
    delivery.stop()
    revocations.close()
    server.close()
  }
  return {
    name: 'edge',
    url: `http://${config.host === '0.0.0.0' ? '127.0.0.1' : config.host}:${server.port}`,
    notReady,
    drain: async () => {
      // New sessions are refused from now on; those that are here may go on asking over HTTP until they have moved.
      draining = true
      await drainSessions(sessions, config)
      server.stopListening()
      presence.flush()
      await registrations.settled()
      stop()
    },
  }
}
