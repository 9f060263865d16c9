import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { check, type Report } from '../../checker/check.ts'
import { collect } from '../../checker/collect.ts'
import { linesOf } from '../../checker/lines.ts'
import { startTestNats, type TestNats } from '../../support/nats.ts'
import { freePort, startService, type WorkerProcess } from '../../support/processes.ts'
import { http } from '../../support/raw-client.ts'
import { mintToken } from '../../support/tokens.ts'
import { until } from '../../support/until.ts'
import { temporaryFolder } from '../../support/weft.ts'
import { Actor } from '../actor.ts'
import { Book } from '../book.ts'

const SECRET = 'a secret of the mutants, long enough for HS256'
/** A delivery that was lost comes after a beat (1 s) and a registration; a machine that is busy has all the time (ms). */
const HEAR_LIMIT_MS = 30_000
/** With a mutant, what isn't heard by now never will be: the longest that a test should wait for nothing (ms). */
const MUTANT_HEAR_LIMIT_MS = 4_000
const REGISTER = pathToFileURL(join(import.meta.dirname, 'register.ts')).href

type Folder = { readonly path: string; readonly remove: () => Promise<void> }

export type ServiceName = 'edge' | 'chat' | 'sync' | 'storage'
export type Service = WorkerProcess & { readonly url: string; readonly ws: string }

/** A small fabric whose processes carry the given mutants, the actors on it, and the book of what happens. */
export class Stage {
  readonly book: Book
  readonly #nats: TestNats
  readonly #folder: Folder
  readonly #mutants: readonly string[]
  readonly #running = new Set<Service>()
  readonly #actors: Actor[] = []

  private constructor(nats: TestNats, folder: Folder, mutants: readonly string[]) {
    this.#nats = nats
    this.#folder = folder
    this.#mutants = mutants
    this.book = new Book(join(folder.path, 'history.jsonl'))
    this.book.write({
      type: 'run',
      seed: 0,
      shape: 'stage',
      started: new Date().toISOString(),
      secret: SECRET,
    })
  }

  static async set(mutants: readonly string[]): Promise<Stage> {
    const folder = await temporaryFolder('mutant')
    return new Stage(await startTestNats(), folder, mutants)
  }

  /** Starts one process. `worlds` hold for it alone. */
  async start(
    name: ServiceName,
    { worlds = [], env = {} }: { worlds?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
  ): Promise<Service> {
    const port = name === 'edge' ? await freePort() : 0
    const worker = await startService(name, this.#nats, {
      WEFT_TOKEN_SECRET: SECRET,
      WEFT_DATA: this.#folder.path,
      WEFT_HOST: '127.0.0.1',
      WEFT_PORT: String(port),
      NODE_OPTIONS: `--import=${REGISTER}`,
      WEFT_MUTANT: [...this.#mutants, ...worlds].join(','),
      ...env,
    })
    const service = { ...worker, url: `http://127.0.0.1:${port}`, ws: `ws://127.0.0.1:${port}/v1/ws` }
    this.#running.add(service)
    return service
  }

  /** kill -9. */
  async kill(service: Service): Promise<void> {
    this.#running.delete(service)
    await service.kill()
  }

  actor(user: string): Actor {
    const actor = new Actor(this.book, SECRET, user)
    this.#actors.push(actor)
    return actor
  }

  async direct(edge: Service, user: string, other: string): Promise<string> {
    let channel = ''
    const made = async () => {
      const { status, body } = await http(edge.url, 'POST', '/v1/channels', {
        token: mintToken(SECRET, user),
        body: { kind: 'direct', members: [other] },
      })
      if (status !== 201 && status !== 200) return false
      channel = (body['channel'] as { id: string }).id
      return true
    }
    await until(made, 'the channel is made', { lookMs: 100 })
    this.book.write({ type: 'channel', channel, kind: 'direct', members: [user, other] })
    return channel
  }

  /** Whether all that are here were told this within what a healthy fabric needs. */
  async everyoneHears(channel: string, seq: number): Promise<boolean> {
    const here = this.#actors.filter(({ isOpen }) => isOpen)
    const limitMs = this.#mutants.length > 0 ? MUTANT_HEAR_LIMIT_MS : HEAR_LIMIT_MS
    const end = performance.now() + limitMs
    const heard = () => here.every((actor) => actor.hasHeard(channel, seq))
    await until(() => heard() || performance.now() > end, 'all have heard it', { limitMs: 2 * limitMs })
    return heard()
  }

  /** The end of the run, and what the checker says of it. */
  async judge(edge: Service): Promise<Report> {
    this.book.write({ type: 'quiet' })
    for (const actor of this.#actors) actor.leave()
    await collect(this.book.path, [edge.url])
    return check(linesOf(this.book.path))
  }

  async strike(): Promise<void> {
    for (const actor of this.#actors) actor.leave()
    for (const service of this.#running) {
      service.signal('SIGCONT')
      await service.kill()
    }
    await this.#nats.stop()
    await this.#folder.remove()
  }

  /** The processes' last words, for a report. */
  get logs(): string {
    return [...this.#running].map(({ name, lastLines }) => `--- ${name}\n${lastLines()}`).join('\n')
  }
}
