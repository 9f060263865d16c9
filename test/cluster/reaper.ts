import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export type ReaperMessage =
  /** A process group to kill, and one that has ended. */
  | { readonly t: 'group'; readonly pid: number }
  | { readonly t: 'ended'; readonly pid: number }
  | { readonly t: 'undo'; readonly key: string; readonly command: readonly [string, ...string[]] }
  | { readonly t: 'folder'; readonly path: string }

/** Ends and removes what a target made, even if the target's own process is killed. */
export class Reaper {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static async start(): Promise<Reaper> {
    const child = fork(fileURLToPath(new URL('./reaper-process.ts', import.meta.url)), [], {
      detached: true,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    await once(child, 'spawn')
    return new Reaper(child)
  }

  tell(message: ReaperMessage): void {
    this.#child.send(message)
  }

  /** Does what is still to be done, and resolves once it is. */
  async finish(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.disconnect()
    await exited
  }
}
