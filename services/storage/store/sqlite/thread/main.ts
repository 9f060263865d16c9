import os from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { StoreRefused } from '../../store.ts'
import { SqliteStore } from '../sqlite-store.ts'
import { fromBytes } from './group-bytes.ts'
import type { Call, FromThread, ThreadData, ToThread } from './messages.ts'

/**
 * Of the thread that writes: a seventh of a core that the program wants too. With 5 the p99 of an ack at 1,000/s was up
 * to a half longer, with more the store falls behind what one core can accept.
 */
const WRITER_NICENESS = 8

/** A thread that holds one connection to the file. SQLite waits for the disk here, and nobody's message waits for it. */
const port = parentPort
if (port === null) throw new Error('this runs as a thread of the storage service')
const say = (message: FromThread) => port.postMessage(message)
const { path, role }: ThreadData = workerData

// Nobody's message waits for what is written (log-ins do), so it gets the time that the others leave; elsewhere than on Linux this
// would be the whole process's.
if (role === 'writer' && process.platform === 'linux') os.setPriority(WRITER_NICENESS)

let store: SqliteStore | null = null
try {
  store = new SqliteStore(path, role)
  say({ t: 'ready' })
} catch (error) {
  if (!(error instanceof StoreRefused)) throw error
  say({ t: 'refused', why: error.message })
}

port.on('message', (message: ToThread) => {
  if (store === null) return
  if (message.t === 'close') {
    // One that fails ends this thread with its error, which whoever waits for the end is told.
    void store.close().then(() => port.close())
    return
  }
  const { id } = message
  const work = message.t === 'apply' ? store.apply(fromBytes(message.group)) : run(store, message.call)
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
