import { WeftError } from './errors.ts'
import type { SocketConstructor, Store, WeftOptions } from './options.ts'
import { IndexedDbStore } from './store/indexeddb.ts'
import { MemoryStore } from './store/memory.ts'
import { parseUrl } from './transport/ways.ts'

/** What the surroundings offer where the options are silent. */
export function serverUrl(options: WeftOptions): string {
  const url = options.url ?? globalThis.location?.origin
  if (url === undefined || !parseUrl(url)) throw new WeftError('bad_frame', 'url: where does Weft answer?')
  return url.replace(/\/+$/, '')
}

export function defaultStore(name: string): Store {
  return typeof indexedDB === 'object' ? new IndexedDbStore(name) : new MemoryStore()
}

/** Bound, for a browser's fetch insists on its own `this`. */
export const defaultFetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init)

export const defaultWebSocket = (): SocketConstructor | undefined => globalThis.WebSocket

/** One at a time over all tabs where the browser has locks; elsewhere within this process, which is all there is. */
export function exclusively(name: string): <T>(work: () => Promise<T>) => Promise<T> {
  const locks = typeof navigator === 'object' && 'locks' in navigator ? navigator.locks : undefined
  if (!locks) return (work) => work()
  return async (work) => await locks.request(name, work)
}

export function watchNetwork(on: { online: () => void; offline: () => void }): () => void {
  if (typeof window !== 'object') return () => {}
  const { online, offline } = on
  window.addEventListener('online', online)
  window.addEventListener('offline', offline)
  return () => {
    window.removeEventListener('online', online)
    window.removeEventListener('offline', offline)
  }
}

/** Whether this tab is looked at, now and whenever it changes; silent where there is no screen. */
export function watchScreen(tell: (on: boolean) => void): () => void {
  if (typeof document !== 'object' || typeof document.addEventListener !== 'function') return () => {}
  const look = () => tell(document.visibilityState === 'visible')
  document.addEventListener('visibilitychange', look)
  look()
  return () => document.removeEventListener('visibilitychange', look)
}
