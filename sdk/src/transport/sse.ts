import { parseFrame } from '../wire.ts'
import { HttpSession } from './http-session.ts'
import { type Hello, LOST, type Transport } from './transport.ts'

/**
 * Server-sent events by `fetch`, whose stream may have a Bearer header, which an EventSource may not. A proxy that
 * buffers shows by the `welcome` that doesn't come in time.
 */
export class SseTransport extends HttpSession implements Transport {
  readonly name = 'sse'
  readonly restMs = 0

  protected async run({ token, device, cursor }: Hello): Promise<void> {
    const query = new URLSearchParams({ device, ...(cursor === undefined ? {} : { cursor }) })
    const response = await this.way.fetch(`${this.way.url}/v1/events?${query}`, {
      headers: { ...this.headers(token), accept: 'text/event-stream' },
      cache: 'no-store',
      signal: this.closing.signal,
    })
    if (!response.ok) return this.refused(response)
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
    if (!response.body || !isStream) return this.end(LOST)
    const reader = response.body.getReader()
    const decoder = new TextDecoder()
    const lines = new EventLines((data) => {
      const frame = parseFrame(data)
      if (frame) this.took(frame)
    })
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return this.end(LOST)
      this.heard()
      lines.push(decoder.decode(value, { stream: true }))
    }
  }
}

/** The `data` of an event stream's events, out of pieces cut anywhere. The frames name their own cursors. */
export class EventLines {
  readonly #event: (data: string) => void
  #rest = ''
  #data: string[] = []

  constructor(event: (data: string) => void) {
    this.#event = event
  }

  push(piece: string): void {
    const lines = (this.#rest + piece).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#line(line.endsWith('\r') ? line.slice(0, -1) : line)
  }

  #line(line: string): void {
    if (line.startsWith('data:')) this.#data.push(line.slice(line.startsWith('data: ') ? 6 : 5))
    if (line !== '' || this.#data.length === 0) return
    const data = this.#data.join('\n')
    this.#data = []
    this.#event(data)
  }
}
