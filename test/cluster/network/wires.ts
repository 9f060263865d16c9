import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { stablePort } from './ports.ts'

/** What a wire does to the bytes that it carries. */
export type WireRule = { readonly cut: boolean; readonly delayMs: number; readonly loss: number }
export type WireMessage =
  | { readonly t: 'add'; readonly wire: number; readonly listen: number; readonly port: number }
  | { readonly t: 'rule'; readonly wire: number; readonly rule: WireRule }

type Wire = { readonly from: string; readonly to: string; readonly listen: number }
type Active = { readonly fits: (from: string, to: string) => boolean; readonly rule: Partial<WireRule> }

/** TCP proxies in a process of their own, one for each pair of places that talk and each port. */
export class Wires {
  readonly #child: ChildProcess
  readonly #wires: Wire[] = []
  readonly #active = new Set<Active>()
  #told: Promise<unknown> = Promise.resolve()

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(): Promise<Wires> {
    const child = fork(fileURLToPath(new URL('./wire-process.ts', import.meta.url)), [], {
      detached: true,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    await once(child, 'spawn')
    return new Wires(child)
  }

  /** A port that leads from one place to a port of another. */
  async add(from: string, to: string, port: number): Promise<number> {
    const listen = await stablePort()
    const wire = this.#wires.push({ from, to, listen }) - 1
    await this.#tell({ t: 'add', wire, listen, port })
    return listen
  }

  /** Applies to all wires that fit, those made later too, until the returned way to end it is called. */
  async rule(
    fits: (from: string, to: string) => boolean,
    rule: Partial<WireRule>,
  ): Promise<() => Promise<void>> {
    const active = { fits, rule }
    this.#active.add(active)
    await this.#apply()
    return async () => {
      this.#active.delete(active)
      await this.#apply()
    }
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.disconnect()
    await exited
  }

  async #apply(): Promise<void> {
    for (const [wire, { from, to }] of this.#wires.entries()) {
      const rules = [...this.#active].filter(({ fits }) => fits(from, to)).map(({ rule }) => rule)
      await this.#tell({
        t: 'rule',
        wire,
        rule: {
          cut: rules.some(({ cut }) => cut === true),
          delayMs: Math.max(0, ...rules.map(({ delayMs }) => delayMs ?? 0)),
          loss: Math.max(0, ...rules.map(({ loss }) => loss ?? 0)),
        },
      })
    }
  }

  /** Resolves once it is done; one after the other, since answers have no name. */
  #tell(message: WireMessage): Promise<unknown> {
    this.#told = this.#told.then(() => {
      const done = once(this.#child, 'message')
      this.#child.send(message)
      return done
    })
    return this.#told
  }
}
