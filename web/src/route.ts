import { signal } from '@preact/signals'

/** Where the reader is. It stands in the address after `#`, so that Back works and a reload stays. */
export type Route = { at: 'list' } | { at: 'chat'; id: string } | { at: 'signup' }

const parse = (hash: string): Route => {
  const chat = /^#\/c\/([A-Za-z0-9_-]{1,64})$/.exec(hash)
  if (chat?.[1] !== undefined) return { at: 'chat', id: chat[1] }
  return hash === '#/signup' ? { at: 'signup' } : { at: 'list' }
}

export const route = signal<Route>(parse(location.hash))
addEventListener('hashchange', () => {
  route.value = parse(location.hash)
})

export const hrefOf = (id: string) => `#/c/${id}`

export function go(hash: string): void {
  location.hash = hash
  route.value = parse(location.hash)
}

/** Goes on without leaving the place before in the way of Back. */
export function replace(hash: string): void {
  history.replaceState(null, '', hash)
  route.value = parse(location.hash)
}
