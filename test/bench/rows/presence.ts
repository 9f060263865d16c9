import { Lane } from '../../../services/edge/presence/lane.ts'
import { connectFabric } from '../../../shared/fabric/connection.ts'
import { Directory } from '../../../shared/fabric/directory.ts'
import { subjects } from '../../../shared/fabric/registry.ts'
import { decodePresenceUpdate, PRESENCE } from '../../../shared/fabric/wire/presence.ts'
import { createLog } from '../../../shared/log/log.ts'
import { type EdgeId, trusted, type UserId } from '../../../shared/protocol/ids.ts'
import { readMetrics, total } from '../../support/metrics.ts'
import { until } from '../../support/until.ts'
import { Histogram } from '../histogram.ts'
import { usageOf } from '../processes.ts'
import { type Bench, figure, type Row } from '../row.ts'
import { type Services, startServices } from '../services.ts'
import { settledRss } from './memory.ts'

const USERS = 100_000
const EDGES = 10
/** Each edge's sessions watch so many of the next edge's users. */
const WATCHED = 1_000
const CHANGES_A_SECOND = 1_000
const TURN_MS = 10
const BEAT_MS = 1_000
const REGION = 'local'
const MIB = 1024 * 1024
const KIB = 1024
const SETTLE_LIMIT_MS = 30_000

/** Simulated edges speak to a real worker, as real ones do: what its users and their changes cost. */
export const presence: Row = {
  name: 'presence',
  title: `${USERS.toLocaleString('en')} users online on one presence worker, ${EDGES} edges, ${CHANGES_A_SECOND.toLocaleString('en')} changes/s`,
  once: true,
  run: async (bench) => {
    const services = await startServices(bench)
    const { pid } = await services.start('presence')
    const ops = services.ops.slice(-1)
    const edges = await SimulatedEdges.open(bench, services, Math.ceil((USERS / EDGES) * bench.scale))
    const before = await settledRss(pid)
    const began = performance.now()
    edges.everyoneComes()
    await until(
      async () => total(await readMetrics(ops), 'weft_presence_users') >= edges.users,
      'all are there',
      {
        limitMs: SETTLE_LIMIT_MS,
      },
    )
    const cameMs = performance.now() - began
    const after = await settledRss(pid)
    const quiet = await edges.spend(pid, bench.seconds, 0)
    const busy = await edges.spend(pid, bench.seconds, CHANGES_A_SECOND)
    const missing = await edges.settled().then(
      () => [],
      () => [`${edges.open} changes were told to nobody`],
    )
    edges.stop()
    return {
      figures: {
        'RSS before': figure(before / MIB, 'MiB'),
        'RSS with all': figure(after / MIB, 'MiB'),
        'RSS a user': figure((after - before) / edges.users / KIB, 'KiB'),
        'all told and counted': figure(cameMs / 1000, 's'),
        'messages, nobody changes': figure(quiet.messages, '/s'),
        'CPU, nobody changes': figure(quiet.cpu * 100, '%'),
        'messages, with changes': figure(busy.messages, '/s'),
        'CPU, with changes': figure(busy.cpu * 100, '%'),
        'change seen p50': figure(edges.seen.quantile(0.5), 'ms'),
        'change seen p99': figure(edges.seen.quantile(0.99), 'ms'),
      },
      notes: [`${edges.changes} changes, each watched by one edge`],
      faults: missing,
    }
  },
}

class SimulatedEdges {
  readonly users: number
  readonly seen = new Histogram()
  changes = 0
  readonly #lanes: { readonly edge: EdgeId; readonly lane: Lane; readonly names: readonly UserId[] }[]
  readonly #send: (bytes: Uint8Array) => void
  readonly #changedAt = new Map<string, number>()
  readonly #beat: NodeJS.Timeout
  #messages = 0
  #turn = 0

  private constructor(each: number, send: (bytes: Uint8Array) => void) {
    this.users = each * EDGES
    this.#send = send
    this.#lanes = Array.from({ length: EDGES }, (_, index) => {
      const edge = trusted<EdgeId>(`edge-${index}`)
      const names = Array.from({ length: each }, (_name, i) => trusted<UserId>(`user-${index}-${i}`))
      return { edge, names, lane: new Lane({ edge, incarnation: 1 }) }
    })
    this.#beat = setInterval(() => this.#flush(true), BEAT_MS)
  }

  static async open(bench: Bench, { nats }: Services, each: number): Promise<SimulatedEdges> {
    const log = createLog('bench', 'silent')
    const fabric = await connectFabric({ ...nats.fabric, region: REGION }, 'bench', log)
    bench.atEnd(() => fabric.close())
    const directory = await Directory.open(fabric, log)
    bench.atEnd(() => directory.close())
    await until(() => directory.term('presence', 0) !== undefined, 'presence has an owner')
    const edges = new SimulatedEdges(each, (bytes) =>
      fabric.nc.publish(subjects.presenceIn(REGION, 0, directory.term('presence', 0) ?? 0), bytes),
    )
    bench.atEnd(() => edges.stop())
    for (const { edge } of edges.#lanes)
      fabric.post.follow(subjects.presenceOut(REGION, edge), log, (bytes) => edges.#onUpdate(bytes))
    return edges
  }

  /** Changes that were not told of yet. */
  get open(): number {
    return this.#changedAt.size
  }

  everyoneComes(): void {
    for (const [index, { lane, names }] of this.#lanes.entries()) {
      for (const name of names) lane.user(name, { rank: PRESENCE.online, text: '' })
      for (const name of this.#lanes[(index + 1) % EDGES]?.names.slice(0, WATCHED) ?? []) lane.watch(name)
    }
    this.#flush(false)
  }

  /** What a time of so many changes a second costs the worker. */
  async spend(pid: number, seconds: number, rate: number): Promise<{ messages: number; cpu: number }> {
    const { cpuSeconds } = usageOf([pid])
    const messages = this.#messages
    const began = performance.now()
    const timer = setInterval(() => this.#change((rate * TURN_MS) / 1000), TURN_MS)
    await until(() => performance.now() - began >= seconds * 1000, 'the time is over', {
      limitMs: seconds * 2000 + 1000,
    })
    clearInterval(timer)
    const spent = (performance.now() - began) / 1000
    return {
      messages: (this.#messages - messages) / spent,
      cpu: (usageOf([pid]).cpuSeconds - cpuSeconds) / spent,
    }
  }

  settled(): Promise<void> {
    return until(() => this.open === 0, 'every change was told', { limitMs: SETTLE_LIMIT_MS })
  }

  stop(): void {
    clearInterval(this.#beat)
  }

  #change(count: number): void {
    for (let i = 0; i < count; i++) {
      const turn = this.#turn++
      const { lane, names } = this.#lanes[turn % EDGES] ?? {}
      const at = Math.floor(turn / EDGES)
      const watched = Math.min(WATCHED, names?.length ?? 0)
      const name = names?.[at % watched]
      if (name === undefined || this.#changedAt.has(name)) continue
      const isAway = Math.floor(at / watched) % 2 === 0
      lane?.user(name, { rank: isAway ? PRESENCE.away : PRESENCE.online, text: '' })
      this.#changedAt.set(name, performance.now())
      this.changes++
    }
    if (count > 0) this.#flush(false)
  }

  #flush(withDigest: boolean): void {
    for (const { lane } of this.#lanes) {
      for (const message of lane.take(withDigest)) {
        this.#messages++
        this.#send(message)
      }
    }
  }

  #onUpdate(bytes: Uint8Array): void {
    this.#messages++
    for (const { user } of decodePresenceUpdate(bytes).states) {
      const at = this.#changedAt.get(user)
      if (at === undefined) continue
      this.#changedAt.delete(user)
      this.seen.record(performance.now() - at)
    }
  }
}
