import { parentPort, workerData } from 'node:worker_threads'
import { StoreRefused } from '../../store.ts'
import { SqliteStore } from '../sqlite-store.ts'
import { type Call, type FromThread, type ToThread, unpackGroup } from './messages.ts'

/** A thread that holds one connection to the file. SQLite waits for the disk here, and nobody's message waits for it. */
const port = parentPort
if (port === null) throw new Error('this runs as a thread of the storage service')
const say = (message: FromThread) => port.postMessage(message)

let store: SqliteStore | null = null
try {
  store = new SqliteStore(String(workerData))
  say({ t: 'ready' })
} catch (error) {
  if (!(error instanceof StoreRefused)) throw error
  say({ t: 'refused', why: error.message })
}

port.on('message', (message: ToThread) => {
  if (store === null) return
  if (message.t === 'close') {
    void store.close().then(() => port.close())
    return
  }
  const { id } = message
  const work = message.t === 'apply' ? store.apply(unpackGroup(message.group)) : run(store, message.call)
  work.then(
    (value) => say({ t: 'done', id, value }),
    (error: unknown) =>
      say({ t: 'failed', id, error: error instanceof Error ? error : new Error(String(error)) }),
  )
})

// The method and its arguments belong together by their type, which an index loses.
function run(on: SqliteStore, { method, args }: Call): Promise<unknown> {
  const call: (...given: never[]) => Promise<unknown> = on[method]
  return Reflect.apply(call, on, args)
}
