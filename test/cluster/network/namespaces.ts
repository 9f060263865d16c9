import { execFile, execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { promisify } from 'node:util'
import type { Reaper } from '../reaper.ts'
import type { Heal, Network, Place } from './network.ts'

const run = promisify(execFile)
const IP = 'ip'
const TC = 'tc'

/** One way, so that an answer is late by twice this. */
const NETEM_DELAY = ['delay', '60ms', '20ms'] as const
const NETEM_LOSS = ['loss', '5%'] as const
/**
 * For kernels without netem: a narrow link. What is said at once has to queue (late, and by how much depends on the
 * load), or finds no room in the queue (lost).
 */
const TBF_DELAY = ['rate', '2mbit', 'burst', '2kb', 'limit', '60kb'] as const
const TBF_LOSS = ['rate', '8mbit', 'burst', '3kb', 'limit', '4kb'] as const
/** Addresses of places begin here; .1 is the bridge. */
const FIRST_HOST = 11

type Inside = Place & { readonly namespace: string; readonly link: string }

/** Whether this process may make namespaces, and the tools for it are here. */
export function mayMakeNamespaces(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const name = `weft-try-${process.pid}`
  try {
    execFileSync(IP, ['netns', 'add', name], { stdio: 'ignore' })
    execFileSync(IP, ['netns', 'del', name], { stdio: 'ignore' })
    execFileSync(TC, ['-V'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A bridge of its own, and a namespace on it for each place. */
export async function makeNamespaces(reaper: Reaper): Promise<Network> {
  const id = randomInt(36 ** 4)
    .toString(36)
    .padStart(4, '0')
  // Of 10.128.0.0/9, which nothing on a test machine is likely to use.
  const subnet = `10.${128 + randomInt(128)}.${randomInt(256)}`
  const bridge = `wf${id}`
  const inside = new Map<string, Inside>()
  const hostOf = `${subnet}.1`
  await run(IP, ['link', 'add', bridge, 'type', 'bridge'])
  reaper.tell({ t: 'undo', key: bridge, command: [IP, 'link', 'del', bridge] })
  await run(IP, ['addr', 'add', `${hostOf}/24`, 'dev', bridge])
  await run(IP, ['link', 'set', bridge, 'up'])
  const outside: Place = {
    name: 'outside',
    host: hostOf,
    port: async (wish) => wish,
    wrap: (command, args) => [command, ...args],
  }

  const place = async (name: string): Promise<Place> => {
    const index = inside.size
    const namespace = `weft-${id}-${name}`
    const link = `wf${id}-${index}`
    const host = `${subnet}.${FIRST_HOST + index}`
    const within = ['netns', 'exec', namespace]
    await run(IP, ['netns', 'add', namespace])
    reaper.tell({ t: 'undo', key: namespace, command: [IP, 'netns', 'del', namespace] })
    await run(IP, ['link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace])
    await run(IP, ['link', 'set', link, 'master', bridge, 'up'])
    await run(IP, [...within, IP, 'addr', 'add', `${host}/24`, 'dev', 'eth0'])
    await run(IP, [...within, IP, 'link', 'set', 'eth0', 'up'])
    await run(IP, [...within, IP, 'link', 'set', 'lo', 'up'])
    const made: Inside = {
      name,
      host,
      namespace,
      link,
      port: async (wish) => wish,
      wrap: (command, args) => [IP, ...within, command, ...args],
    }
    inside.set(name, made)
    return made
  }

  const blackholes = new Overlaps(async (key, begins) => {
    const [from = '', host = ''] = key.split(' ')
    const at = inside.get(from) ?? outside
    const [command, ...args] = at.wrap(IP, ['route', begins ? 'add' : 'del', 'blackhole', `${host}/32`])
    await run(command, args)
  })
  const partition = async (some: readonly Place[], others: readonly Place[]): Promise<Heal> => {
    const pairs = some.flatMap((one) => others.map((other) => [one, other] as const))
    const keys = pairs.flatMap(([one, other]) => [`${one.name} ${other.host}`, `${other.name} ${one.host}`])
    for (const key of keys) await blackholes.begin(key)
    return async () => {
      for (const key of keys) await blackholes.end(key)
    }
  }

  const shaping = await shapingHere()
  const disciplines = {
    delay: shaping === 'netem' ? ['netem', ...NETEM_DELAY] : ['tbf', ...TBF_DELAY],
    loss: shaping === 'netem' ? ['netem', ...NETEM_LOSS] : ['tbf', ...TBF_LOSS],
  }
  const qdisc = async (at: Place, verb: 'replace' | 'del', discipline: readonly string[]) => {
    const link = inside.get(at.name)?.link
    if (link === undefined) throw new Error(`${at.name} has no link of its own`)
    const [command, ...args] = at.wrap(TC, ['qdisc', verb, 'dev', 'eth0', 'root', ...discipline])
    await run(command, args)
    await run(TC, ['qdisc', verb, 'dev', link, 'root', ...discipline])
  }
  /** The newest counts while several are on one place. */
  const shaped = new Overlaps(async (name, begins) => {
    const at = inside.get(name)
    if (at !== undefined && !begins) await qdisc(at, 'del', [])
  })
  const shape = async (at: Place, discipline: readonly string[]): Promise<Heal> => {
    await qdisc(at, 'replace', discipline)
    await shaped.begin(at.name)
    return () => shaped.end(at.name)
  }
  return {
    kind: 'namespaces',
    shaping,
    outside,
    place,
    way: async (_from, to, port) => `${to.host}:${port}`,
    partition,
    delay: (at) => shape(at, disciplines.delay),
    loss: (at) => shape(at, disciplines.loss),
  }
}

/** Does a thing when the first asks for it, and undoes it when the last has let go. */
class Overlaps {
  readonly #counts = new Map<string, number>()
  readonly #change: (key: string, begins: boolean) => Promise<unknown>

  constructor(change: (key: string, begins: boolean) => Promise<unknown>) {
    this.#change = change
  }

  async begin(key: string): Promise<void> {
    const count = this.#counts.get(key) ?? 0
    this.#counts.set(key, count + 1)
    if (count === 0) await this.#change(key, true)
  }

  async end(key: string): Promise<void> {
    const count = this.#counts.get(key) ?? 0
    this.#counts.set(key, count - 1)
    if (count === 1) await this.#change(key, false)
  }
}

/** Whether the kernel has netem, tried on a link of its own. */
async function shapingHere(): Promise<'netem' | 'tbf'> {
  const name = `wt${randomInt(36 ** 4).toString(36)}`
  await run(IP, ['link', 'add', name, 'type', 'bridge'])
  try {
    await run(TC, ['qdisc', 'add', 'dev', name, 'root', 'netem', ...NETEM_DELAY])
    return 'netem'
  } catch {
    return 'tbf'
  } finally {
    await run(IP, ['link', 'del', name])
  }
}
