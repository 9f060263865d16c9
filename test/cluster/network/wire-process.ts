import { connect, createServer, type Socket } from 'node:net'
import type { WireMessage, WireRule } from './wires.ts'

const HOST = '127.0.0.1'
/** What a wire holds back before it reads no more (bytes): a socket's buffer. */
const HELD_BYTES = 4 * 1024 * 1024
/** RFC 6298: how late a lost segment is at least, in Linux's way of it (ms). */
const RETRANSMISSION_MS = 200

const PLAIN: WireRule = { cut: false, delayMs: 0, loss: 0 }

/** One direction of one connection. Keeps the order, whatever is late. */
class Pipe {
  readonly #to: Socket
  readonly #from: Socket
  readonly #rule: () => WireRule
  /** null: the end. */
  readonly #queue: { readonly dueAt: number; readonly bytes: Buffer | null }[] = []
  #held = 0
  #lastDueAt = 0
  #timer: NodeJS.Timeout | undefined

  constructor(from: Socket, to: Socket, rule: () => WireRule) {
    this.#from = from
    this.#to = to
    this.#rule = rule
    from.on('data', (bytes) => this.#push(bytes))
    from.on('close', () => this.#push(null))
    // A connection that breaks is closed next, and that is passed on.
    from.on('error', () => from.destroy())
    to.on('drain', () => this.pump())
  }

  #push(bytes: Buffer | null): void {
    const { delayMs, loss } = this.#rule()
    const lateMs = delayMs + (Math.random() < loss ? RETRANSMISSION_MS : 0)
    this.#lastDueAt = Math.max(this.#lastDueAt, performance.now() + lateMs)
    this.#queue.push({ dueAt: this.#lastDueAt, bytes })
    this.#held += bytes?.length ?? 0
    if (this.#held > HELD_BYTES) this.#from.pause()
    this.pump()
  }

  pump(): void {
    clearTimeout(this.#timer)
    for (let next = this.#queue[0]; next !== undefined && !this.#rule().cut; next = this.#queue[0]) {
      const waitMs = next.dueAt - performance.now()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pump(), waitMs)
        return
      }
      if (this.#to.writableNeedDrain && !this.#to.destroyed) return
      this.#queue.shift()
      if (next.bytes === null) this.#to.destroySoon()
      else {
        this.#held -= next.bytes.length
        if (!this.#to.destroyed) this.#to.write(next.bytes)
        if (this.#held <= HELD_BYTES) this.#from.resume()
      }
    }
  }
}

class Wire {
  rule = PLAIN
  readonly #pipes = new Set<Pipe>()
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  listen(port: number, then: () => void): void {
    createServer((client) => this.#join(client)).listen(port, HOST, then)
  }

  apply(rule: WireRule): void {
    this.rule = rule
    for (const pipe of this.#pipes) pipe.pump()
  }

  #join(client: Socket): void {
    const upstream = connect(this.#port, HOST)
    const rule = () => this.rule
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.setNoDelay(true)
      const pipe = new Pipe(from, to, rule)
      this.#pipes.add(pipe)
      to.once('close', () => this.#pipes.delete(pipe))
    }
  }
}

const wires = new Map<number, Wire>()
const done = () => process.send?.('done')

process.on('message', (message: WireMessage) => {
  if (message.t === 'add') {
    const wire = new Wire(message.port)
    wires.set(message.wire, wire)
    wire.listen(message.listen, done)
    return
  }
  wires.get(message.wire)?.apply(message.rule)
  done()
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
process.once('disconnect', () => process.exit(0))
