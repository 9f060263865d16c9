import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check, type Report } from '../../checker/check.ts'
import { collect } from '../../checker/collect.ts'
import { linesOf } from '../../checker/lines.ts'
import { startCluster } from '../../cluster/cluster.ts'
import { startEmbedded } from '../../cluster/embedded.ts'
import type { Fault, Target } from '../../cluster/target.ts'
import { readMetrics, total } from '../../support/metrics.ts'
import { seeded } from '../../support/random.ts'
import { until } from '../../support/until.ts'
import { Book } from '../book.ts'
import { RawPerson } from './raw-person.ts'
import { type Counts, wreak } from './schedule.ts'
import { SdkPerson } from './sdk-person.ts'
import { type Workload, World } from './world.ts'

export type RunOptions = {
  readonly seed: number
  readonly shape: 'embedded' | 'cluster'
  readonly seconds: number
  /** Ends earlier once so many operations were asked for. */
  readonly operations: number
  /** Names; empty = all that the target knows. */
  readonly faults: readonly string[]
  readonly workload: Workload
  readonly clients: number
  /** Things that all clients together do in a second. */
  readonly rate: number
  /** Where data, logs and history go and stay; a temporary folder, removed if nothing was broken, if absent. */
  readonly keep?: string
  readonly say: (line: string) => void
}

export type Outcome = {
  readonly report: Report
  readonly faults: ReadonlyMap<string, number>
  readonly seconds: number
  readonly folder: string
}

/** Raw and SDK in turn, and so many devices of each user. */
const DEVICES = 3
const STATUS_MS = 10_000
/** Queues are read from their beginning in the end. */
const KEEP_ALL = { WEFT_QUEUE_EVENTS: '10000000' }
const SETTLE_LIMIT_MS = 120_000
const SETTLE_LOOK_MS = 100

type Person = {
  readonly isSettled: boolean
  begin(): Promise<void>
  live(isOver: () => boolean): Promise<void>
  leave(): Promise<void>
}

/** One run: a fabric, clients, faults; then the checker's word on what the clients were told and what is there. */
export async function runChaos(options: RunOptions): Promise<Outcome> {
  const { seed, shape, say } = options
  const folder = options.keep ?? (await mkdtemp(join(tmpdir(), 'weft-chaos-')))
  const start = shape === 'embedded' ? startEmbedded : startCluster
  const target = await start({ dataDir: folder, smallDisk: true, env: KEEP_ALL })
  const began = performance.now()
  let isKept = options.keep !== undefined
  try {
    const history = join(folder, 'history.jsonl')
    const book = new Book(history)
    book.write({
      type: 'run',
      seed,
      shape,
      started: new Date().toISOString(),
      secret: target.secret,
    })
    const faults = await talkThroughFaults(target, book, options)
    await untilStored(target)
    say('reading the final state')
    await collect(
      history,
      target.edges.map(({ url }) => url),
    )
    say('checking')
    const report = await check(linesOf(history))
    isKept ||= report.broken.size > 0
    return { report, faults, seconds: (performance.now() - began) / 1_000, folder }
  } catch (error) {
    isKept = true
    say(`the run failed; what there is of it stays in ${folder}`)
    throw error
  } finally {
    await target.stop()
    if (!isKept) await rm(folder, { recursive: true, force: true })
  }
}

/** All that happens until the run is quiet. */
async function talkThroughFaults(target: Target, book: Book, options: RunOptions): Promise<Counts> {
  const { seed, clients, workload, rate, seconds, operations, say } = options
  const random = seeded(seed)
  const world = new World(target, book)
  const users = Array.from({ length: Math.ceil(clients / DEVICES) }, (_, index) => `u${seed}-${index}`)
  await world.makeChannels(users, workload, random)
  const everyMs = (1_000 * clients) / rate
  const people = Array.from({ length: clients }, (_, index): Person => {
    const user = users[index % users.length] ?? ''
    const device = `${user}-d${Math.floor(index / users.length)}`
    // Each draws from a source of its own, so that what one does doesn't change the others.
    const own = seeded(seed * 1_000 + index)
    const isRaw = index % 2 === Math.floor(index / users.length) % 2
    return new (isRaw ? RawPerson : SdkPerson)(world, user, device, own, everyMs)
  })
  await Promise.all(people.map((person) => person.begin()))
  say(`${people.length} clients of ${users.length} users in ${world.channels.length} channels`)

  let isQuiet = false
  const living = people.map((person) => person.live(() => isQuiet))
  const counts: Counts = new Map()
  const end = performance.now() + seconds * 1_000
  const isOver = () => performance.now() > end || book.operations >= operations
  const status = setInterval(() => say(statusOf(book, counts)), STATUS_MS)
  try {
    const chosen = chooseFaults(target, options.faults)
    const wreaked =
      chosen.length === 0
        ? untilOver(isOver)
        : wreak({ target, faults: chosen, book, random, isOver, counts, say })
    await Promise.race([wreaked, failureOf(living)])
    world.busy = false
    say('the faults are over; what was begun is finished')
    const settled = () => people.every((person) => person.isSettled)
    const waited = until(settled, 'everyone is answered and told', {
      limitMs: SETTLE_LIMIT_MS,
      lookMs: SETTLE_LOOK_MS,
    }).catch((error: unknown) => say(`${String(error)}: the checker will say who lacks what`))
    await Promise.race([waited, failureOf(living)])
    book.write({ type: 'quiet' })
  } finally {
    isQuiet = true
    clearInterval(status)
    await Promise.all(people.map((person) => person.leave()))
    await Promise.all(living)
  }
  say(statusOf(book, counts))
  return counts
}

/** Throws if the store doesn't take in all of the logs: owners remember what it lacks, so that no client would notice. */
async function untilStored(target: Target): Promise<void> {
  await target.whole(SETTLE_LIMIT_MS)
  const stored = async () => total(await readMetrics(target.ops), 'weft_projection_lag_packs') === 0
  await until(stored, 'the store has all of the logs', { limitMs: SETTLE_LIMIT_MS, lookMs: SETTLE_LOOK_MS })
}

/** Never resolves by itself: a client that fails unexpectedly ends the run. */
const failureOf = (living: readonly Promise<void>[]): Promise<never> =>
  new Promise((_, reject) => {
    for (const life of living) life.catch(reject)
  })

const untilOver = (isOver: () => boolean): Promise<void> =>
  until(isOver, 'the time is over', { limitMs: Number.POSITIVE_INFINITY, lookMs: SETTLE_LOOK_MS })

/** @throws if a name isn't known here, so that nobody believes in a fault that never was. */
function chooseFaults(target: Target, names: readonly string[]): readonly Fault[] {
  if (names.length === 0) return target.faults
  if (names.length === 1 && names[0] === 'none') return []
  return names.map((name) => {
    const fault = target.faults.find((one) => one.name === name)
    if (fault !== undefined) return fault
    throw new Error(`no fault ${name} here; there are ${target.faults.map((one) => one.name).join(', ')}`)
  })
}

const statusOf = (book: Book, counts: Counts): string => {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const { operations, acked, refused, lost } = book
  return `${operations} operations, ${acked} acked, ${refused} refused, ${lost} unanswered, ${total} faults`
}
