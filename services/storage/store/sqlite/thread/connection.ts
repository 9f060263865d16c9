import { Worker } from 'node:worker_threads'
import { unavailable } from '../../../../../shared/protocol/errors.ts'
import { type Group, type Store, StoreRefused } from '../../store.ts'
import { buffersOf, toBytes } from './group-bytes.ts'
import type { FromThread, Method, ThreadData, ToThread } from './messages.ts'

/** What waits for a thread at most; what comes beyond is refused rather than remembered. */
const WAITING_MAX = 10_000

type Waiting = { readonly resolve: (value: never) => void; readonly reject: (error: Error) => void }

/** One thread with one connection to the file; what is asked is answered in the order asked. */
export class ThreadConnection {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #ended: Promise<void>
  #closing = false
  #last = 0
  #cause: unknown

  private constructor(worker: Worker, { path, role }: ThreadData) {
    this.#worker = worker
    worker.on('message', (message: FromThread) => this.#answered(message))
    worker.on('error', (error) => {
      this.#cause = error
    })
    this.#ended = new Promise((resolve, reject) => {
      worker.once('exit', (code) => {
        const why = `the thread of the ${role} of ${path} ended by itself (exit code ${code})`
        const error = new Error(why, { cause: this.#cause })
        for (const waiting of this.#waiting.values()) waiting.reject(error)
        this.#waiting.clear()
        if (this.#closing) {
          if (code === 0) resolve()
          else reject(error)
          return
        }
        // Nothing that this process does for the store can go on; whoever supervises it starts it again.
        throw error
      })
    })
  }

  /** @throws StoreRefused if the file was made by a newer program. */
  static async open(data: ThreadData): Promise<ThreadConnection> {
    // The program's own flags aren't the thread's: some end the process with whoever started it.
    const worker = new Worker(new URL('main.ts', import.meta.url), {
      workerData: data,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    const first = await new Promise<FromThread>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    if (first.t === 'refused') {
      await worker.terminate()
      throw new StoreRefused(first.why)
    }
    return new ThreadConnection(worker, data)
  }

  /** @throws `unavailable` if too much waits for the thread already. */
  call<M extends Method>(method: M, ...args: Parameters<Store[M]>): ReturnType<Store[M]>
  async call(method: Method, ...args: unknown[]): Promise<unknown> {
    if (this.#waiting.size >= WAITING_MAX) throw unavailable('too much waits for the store')
    return this.#ask((id) => ({ t: 'call', id, call: { method, args } }) as ToThread)
  }

  /** Each partition's projection has one under way at most. */
  apply(group: Group): Promise<void> {
    const packed = toBytes(group)
    return this.#ask((id) => ({ t: 'apply', id, group: packed }), buffersOf(packed))
  }

  /** After everything that was asked. @throws what kept the file from being closed. */
  async close(): Promise<void> {
    this.#closing = true
    this.#worker.postMessage({ t: 'close' } satisfies ToThread, [])
    await this.#ended
  }

  #ask<T>(message: (id: number) => ToThread, handOver: readonly ArrayBuffer[] = []): Promise<T> {
    const id = ++this.#last
    return new Promise<T>((resolve, reject) => {
      // First the message: one that can't be sent is the asker's error, and nothing waits for its answer.
      this.#worker.postMessage(message(id), handOver)
      this.#waiting.set(id, { resolve, reject })
    })
  }

  #answered(message: FromThread): void {
    if (message.t !== 'done' && message.t !== 'failed') return
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.t === 'failed') waiting?.reject(message.error)
    else waiting?.resolve(message.value as never)
  }
}
