import type { WeftError } from '../../../shared/protocol/errors.ts'
import { withLimit } from './with-limit.ts'

/** A command whose answer takes longer has none: what it asked may have happened (ms). */
const REPLY_LIMIT_MS = 30_000
/** Far above what a client picks for its own requests, of which a session may have some under way. */
const FIRST_ID = 2 ** 52

/** The frame that answers a command, and the error that it is, if it is one. */
export type Reply = { readonly text: string; readonly error: WeftError | null }

/** Commands that came over HTTP and wait for the frame that answers them: it is the response's body. */
export class Replies {
  readonly #waiting = new Map<number, (reply: Reply) => void>()
  #next = FIRST_ID

  /** The id to serve the command under; `answer` resolves with its frame, under the client's own id. @throws `unavailable` */
  async serve(id: number, run: (mine: number) => void | Promise<void>): Promise<Reply> {
    const mine = this.#next++
    try {
      const answer = new Promise<Reply>((resolve) => this.#waiting.set(mine, resolve))
      await run(mine)
      const { text, error } = await withLimit(answer, REPLY_LIMIT_MS, 'the command was not answered in time')
      return { text: text.replace(`"id":${mine}`, `"id":${id}`), error }
    } finally {
      this.#waiting.delete(mine)
    }
  }

  /** Whether the frame was one that a command waited for. */
  take(id: number | undefined, text: string, error: WeftError | null): boolean {
    if (id === undefined) return false
    const resolve = this.#waiting.get(id)
    if (resolve === undefined) return false
    this.#waiting.delete(id)
    resolve({ text, error })
    return true
  }
}
