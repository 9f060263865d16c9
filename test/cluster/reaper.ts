import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** In the environment of every process of a target: how its reaper knows them. */
export const MARK = 'WEFT_TEST_TARGET'

export type ReaperMessage =
  /** A process group to kill, and one that has ended. */
  | { readonly t: 'group'; readonly pid: number }
  | { readonly t: 'ended'; readonly pid: number }
  | { readonly t: 'undo'; readonly key: string; readonly command: readonly [string, ...string[]] }
  | { readonly t: 'folder'; readonly path: string }
  /** The target has ended by itself. */
  | { readonly t: 'finish' }

/** Ends and removes what a target made, even if the target's own process is killed. */
export class Reaper {
  readonly #child: ChildProcess
  /** What the target's processes are to have in their environment. */
  readonly mark: Readonly<Record<string, string>>

  private constructor(child: ChildProcess, mark: string) {
    this.#child = child
    this.mark = { [MARK]: mark }
  }

  static async start(): Promise<Reaper> {
    const mark = randomUUID()
    const child = fork(fileURLToPath(new URL('./reaper-process.ts', import.meta.url)), [mark], {
      detached: true,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    await once(child, 'spawn')
    return new Reaper(child, mark)
  }

  tell(message: ReaperMessage): void {
    this.#child.send(message)
  }

  /** Does what is still to be done, and resolves once it is. */
  async finish(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.tell({ t: 'finish' })
    this.#child.disconnect()
    await exited
  }
}
