import { isJson, type Json, parseFrame, text } from '../wire.ts'
import { HttpSession } from './http-session.ts'
import { limited } from './limited.ts'
import type { Hello, Transport } from './transport.ts'

/** Seconds that a poll waits for something to come; under what proxies give an idle request. */
const WAIT_S = 25
const AT_ONCE_MS = 20
const PAUSE_MS = 1_000

/** Long polls, one after the other; each names the place that the one before it ended at. */
export class PollTransport extends HttpSession implements Transport {
  readonly name = 'poll'
  readonly restMs = WAIT_S * 1000
  #cursor: string | undefined
  #session: string | undefined

  protected async run({ token, device, cursor }: Hello): Promise<void> {
    this.#cursor = cursor
    while (!this.closing.signal.aborted) {
      const asked = performance.now()
      const { response, answer } = await this.#poll(token, device)
      if (!response.ok || !answer) return this.refused(response)
      this.heard()
      const frames = Array.isArray(answer.frames) ? answer.frames : []
      this.#cursor = text(answer.cursor) ?? this.#cursor
      for (const frame of frames) {
        if (!isJson(frame)) continue
        if (frame.t === 'welcome') this.#session = text(frame.session)
        this.took(frame)
      }
      // A server that always answers at once with nothing must not be asked without end.
      if (frames.length === 0 && performance.now() - asked < AT_ONCE_MS) await pause()
    }
  }

  async #poll(token: string, device: string): Promise<{ response: Response; answer: Json | undefined }> {
    const query = new URLSearchParams({ device, wait: String(WAIT_S) })
    if (this.#cursor !== undefined) query.set('cursor', this.#cursor)
    const session = this.#session === undefined ? {} : { 'weft-session': this.#session }
    const timeoutMs = this.way.timeoutMs + WAIT_S * 1000
    return await limited(this.closing.signal, timeoutMs, async (signal) => {
      const response = await this.way.fetch(`${this.way.url}/v1/poll?${query}`, {
        headers: { ...this.headers(token), ...session },
        cache: 'no-store',
        signal,
      })
      return response.ok
        ? { response, answer: parseFrame(await response.text()) }
        : { response, answer: undefined }
    })
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
