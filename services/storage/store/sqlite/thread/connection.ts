import { Worker } from 'node:worker_threads'
import { type Group, type Store, StoreRefused } from '../../store.ts'
import { type FromThread, type Method, packGroup, type ToThread } from './messages.ts'

type Waiting = { readonly resolve: (value: never) => void; readonly reject: (error: Error) => void }

/** One thread with one connection to the file; what is asked is answered in the order asked. */
export class ThreadConnection {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #ended: Promise<void>
  #closing = false
  #last = 0

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (message: FromThread) => this.#answered(message))
    this.#ended = new Promise((resolve) => {
      worker.once('exit', (code) => {
        resolve()
        if (this.#closing) return
        for (const { reject } of this.#waiting.values()) reject(new Error('the store’s thread ended'))
        this.#waiting.clear()
        // Nothing that this process does for the store can go on; whoever supervises it starts it again.
        throw new Error(`the thread that holds the SQLite file ended by itself (exit code ${code})`)
      })
    })
  }

  /** @throws StoreRefused if the file was made by a newer program. */
  static async open(path: string): Promise<ThreadConnection> {
    // The program's own flags aren't the thread's: some end the process with whoever started it.
    const worker = new Worker(new URL('main.ts', import.meta.url), {
      workerData: path,
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
    return new ThreadConnection(worker)
  }

  call<M extends Method>(method: M, ...args: Parameters<Store[M]>): ReturnType<Store[M]>
  call(method: Method, ...args: unknown[]): Promise<unknown> {
    return this.#ask((id) => ({ t: 'call', id, call: { method, args } }) as ToThread)
  }

  apply(group: Group): Promise<void> {
    const packed = packGroup(group)
    return this.#ask((id) => ({ t: 'apply', id, group: packed }), [packed.bytes.buffer])
  }

  /** After everything that was asked. */
  async close(): Promise<void> {
    this.#closing = true
    this.#post({ t: 'close' })
    await this.#ended
  }

  #ask<T>(message: (id: number) => ToThread, handOver: readonly ArrayBufferLike[] = []): Promise<T> {
    const id = ++this.#last
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#post(message(id), handOver)
    })
  }

  #post(message: ToThread, handOver: readonly ArrayBufferLike[] = []): void {
    this.#worker.postMessage(
      message,
      handOver.filter((buffer) => buffer instanceof ArrayBuffer),
    )
  }

  #answered(message: FromThread): void {
    if (message.t !== 'done' && message.t !== 'failed') return
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.t === 'failed') waiting?.reject(message.error)
    else waiting?.resolve(message.value as never)
  }
}
