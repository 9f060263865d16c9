import { startTestNats } from '../support/nats.ts'
import { freePort, startService, type WorkerProcess } from '../support/processes.ts'
import { type Frame, RawClient } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'

export type Seen = {
  readonly kind: string
  readonly user: string
  readonly status: string
  readonly last_seen: string | null
  readonly text?: string
}

/** Each service a process, two edges among them, on a real NATS server. */
export async function startFabric(env: Readonly<Record<string, string>> = {}) {
  const folder = await temporaryFolder('presence')
  const nats = await startTestNats()
  const ports = [await freePort(), await freePort()]
  const all = {
    WEFT_TOKEN_SECRET: SECRET,
    WEFT_SYNC_PARTITIONS: '2',
    WEFT_DATA: folder.path,
    WEFT_HOST: '127.0.0.1',
    WEFT_WEB: '',
    WEFT_DRAIN_MS: '200',
    ...env,
  }
  const running = new Set<WorkerProcess>()
  const start = async (name: Parameters<typeof startService>[0], more: Record<string, string> = {}) => {
    const started = await startService(name, nats, { ...all, ...more })
    running.add(started)
    return started
  }
  const startEdge = (index: number) => start('edge', { WEFT_PORT: String(ports[index]) })
  const storage = await start('storage')
  const [presence, , , first, second] = await Promise.all([
    start('presence'),
    start('sync'),
    start('chat'),
    startEdge(0),
    startEdge(1),
  ])
  return {
    nats,
    storage,
    presence,
    edges: [first, second] as const,
    start,
    startEdge,
    hello: (user: string, device = 'pc', edge = 0) =>
      RawClient.hello(`ws://127.0.0.1:${ports[edge]}/v1/ws`, { token: mintToken(SECRET, user), device }),
    /** Says hello and how present it is in one go, without waiting for anything. */
    helloAs: async (user: string, status: string) => {
      const client = await RawClient.open(`ws://127.0.0.1:${ports[0]}/v1/ws`)
      client.send({ t: 'hello', id: 101, token: mintToken(SECRET, user), device: 'pc' })
      client.send({ t: 'presence', id: 102, status })
      await client.next((frame) => frame.t === 'ok' && frame['id'] === 102)
      return client
    },
    stop: async () => {
      for (const one of running) await one.kill()
      await nats.stop()
      await folder.remove()
    },
  }
}

export const seenIn = (frame: Frame, user: string): Seen | null => {
  const event = frame['event'] as Seen | undefined
  return event?.kind === 'presence' && event.user === user ? event : null
}
/** The first event from a place in the client's frames on that shows the user so. */
export async function sees(client: RawClient, user: string, status: string, from = 0): Promise<Seen> {
  const frame = await client.next((one) => seenIn(one, user)?.status === status, from)
  const seen = seenIn(frame, user)
  if (seen === null) throw new Error('not a presence')
  return seen
}
export const statuses = (client: RawClient, user: string): string[] =>
  client.frames.flatMap((frame) => seenIn(frame, user)?.status ?? [])

export async function watch(client: RawClient, ...users: string[]): Promise<Seen[]> {
  const answer = await client.ask({ t: 'watch', users })
  if (answer.t !== 'ok') throw new Error(`not watching: ${JSON.stringify(answer)}`)
  return answer['presence'] as Seen[]
}
