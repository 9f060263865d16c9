import { chatConfig } from '../../services/chat/config.ts'
import { createChat } from '../../services/chat/service.ts'
import { edgeConfig } from '../../services/edge/config.ts'
import { createEdge, type EdgeService } from '../../services/edge/service.ts'
import { syncConfig } from '../../services/sync/config.ts'
import { createSync } from '../../services/sync/service.ts'
import { type Call, type Handler, serve } from '../../shared/fabric/call.ts'
import {
  historyRange,
  jwks,
  mentionsCount,
  queuePage,
  readGet,
  stateGet,
  statesGet,
  storeReached,
  usersByName,
  usersGet,
} from '../../shared/fabric/calls.ts'
import { connectFabric, type Fabric } from '../../shared/fabric/connection.ts'
import { Directory } from '../../shared/fabric/directory.ts'
import { subjects } from '../../shared/fabric/registry.ts'
import { ensureFabric } from '../../shared/fabric/setup.ts'
import { createLog } from '../../shared/log/log.ts'
import type { Service } from '../../shared/service.ts'
import { startTestNats, type TestNats } from '../support/nats.ts'
import { mintToken } from '../support/tokens.ts'

export const SECRET = 'a secret of the test, long enough for HS256'
export const token = (user: string, claims?: Record<string, unknown>) => mintToken(SECRET, user, claims)

export type EdgeBench = {
  readonly nats: TestNats
  readonly fabric: Fabric
  readonly directory: Directory
  readonly edge: EdgeService
  readonly ws: string
  readonly url: string
  /** Another chat worker takes over from the one before, which hands over what it owns. */
  readonly replaceChat: () => Promise<void>
  /** `on`: its own fabric, made another in some way. */
  readonly startEdge: (env?: Record<string, string>, on?: (fabric: Fabric) => Fabric) => Promise<EdgeService>
  /** From now on nobody answers for storage. */
  readonly stopStorage: () => void
  readonly stop: () => Promise<void>
}

/** Chat, sync and an edge on a real NATS server; storage answers that it has nothing (nothing here needs it). */
export async function startEdgeBench(env: Record<string, string> = {}): Promise<EdgeBench> {
  const log = createLog('test', process.env.WEFT_TEST_LOG ?? 'silent')
  const nats = await startTestNats()
  const fabric = await connectFabric(nats.fabric, 'test', log)
  await ensureFabric(fabric, { replicas: 1, partitions: { log: 2, sync: 2 }, streamMaxBytes: -1 }, log)
  const directory = await Directory.open(fabric, log)
  const stopStorage = emptyStorage(fabric)
  const parts = { fabric, directory, log }
  const startChat = () => createChat({ config: chatConfig({}), ...parts })
  const services: Service[] = [await createSync({ config: syncConfig({}), ...parts })]
  let chat = await startChat()
  const startEdge = async (
    more: Record<string, string> = {},
    on: (fabric: Fabric) => Fabric = (same) => same,
  ) => {
    // Each edge has a connection of its own, as it would in a process of its own.
    const own = on(await connectFabric(nats.fabric, 'edge', log))
    const given = {
      WEFT_HOST: '127.0.0.1',
      WEFT_PORT: '0',
      WEFT_TOKEN_SECRET: SECRET,
      WEFT_WEB: '',
      ...env,
      ...more,
    }
    const edge = await createEdge({ config: edgeConfig(given), fabric: own, directory, log })
    services.unshift(edge)
    return edge
  }
  const edge = await startEdge()
  return {
    nats,
    fabric,
    directory,
    edge,
    startEdge,
    stopStorage,
    replaceChat: async () => {
      await chat.drain()
      chat = await startChat()
    },
    url: edge.url,
    ws: `${edge.url.replace('http', 'ws')}/v1/ws`,
    stop: async () => {
      for (const service of services) await service.drain()
      await chat.drain()
      directory.close()
      await fabric.close()
      await nats.stop()
    },
  }
}

function emptyStorage(fabric: Fabric): () => void {
  const log = createLog('storage', 'silent')
  const stops: (() => void)[] = []
  const on = <Request, Response>(call: Call<Request, Response>, handler: Handler<Request, Response>) =>
    stops.push(serve(fabric, log, call, subjects.storageCall(fabric.region, call.name), handler))
  on(jwks, () => ({ keys: [] }))
  on(usersGet, () => ({ users: [], left: 0 }))
  on(usersByName, () => ({ users: [] }))
  on(storeReached, () => ({}))
  on(readGet, () => ({ seq: 0 }))
  on(mentionsCount, ({ channels }) => ({ counts: channels.map(() => 0) }))
  on(stateGet, () => ({ rows: [], more: false, count: 0 }))
  on(statesGet, ({ asked }) => ({ values: asked.map(() => null) }))
  on(historyRange, ({ first }) => ({ from: first, messages: [] }))
  on(queuePage, () => ({ oldest: 0, events: [] }))
  return () => {
    for (const stop of stops) stop()
  }
}
