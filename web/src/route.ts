import { signal } from '@preact/signals'

/** What can stand beside a conversation. */
export type Panel = 'pins'

/** Where the reader is. It stands in the address after `#`, so that Back works and a reload stays. */
export type Route =
  | { at: 'list' }
  /** A conversation; in it a message to go to, or beside it the thread that began with one, or what is pinned. */
  | { at: 'chat'; id: string; message?: number; thread?: number; panel?: Panel }
  /** Where a link leads that one was given. */
  | { at: 'invite'; code: string }
  /** With the link that one goes on to. */
  | { at: 'signup'; invite?: string }

const parse = (hash: string): Route => {
  const panel = /^#\/c\/([A-Za-z0-9_-]{1,64})\/(pins)$/.exec(hash)
  if (panel?.[1] !== undefined) return { at: 'chat', id: panel[1], panel: 'pins' }
  const chat = /^#\/c\/([A-Za-z0-9_-]{1,64})(?:\/([mt])\/(\d{1,15}))?$/.exec(hash)
  if (chat?.[1] !== undefined) {
    const seq = Number(chat[3])
    return {
      at: 'chat',
      id: chat[1],
      ...(chat[2] === 'm' ? { message: seq } : chat[2] === 't' ? { thread: seq } : {}),
    }
  }
  const invite = /^#\/(invite|signup)\/([A-Za-z0-9_-]{1,128})$/.exec(hash)
  if (invite?.[2] !== undefined) {
    const code = invite[2]
    return invite[1] === 'invite' ? { at: 'invite', code } : { at: 'signup', invite: code }
  }
  return hash === '#/signup' ? { at: 'signup' } : { at: 'list' }
}

export const route = signal<Route>(parse(location.hash))
addEventListener('hashchange', () => {
  route.value = parse(location.hash)
})

export const hrefOf = (id: string) => `#/c/${id}`
export const inviteHref = (code: string) => `#/invite/${code}`
/** The door, and on to where one wanted to go. */
export const signUpHref = (code?: string) => (code === undefined ? '#/signup' : `#/signup/${code}`)
export const messageHref = (id: string, seq: number) => `#/c/${id}/m/${seq}`
export const panelHref = (id: string, panel: Panel) => `#/c/${id}/${panel}`
export const threadHref = (id: string, seq: number) => `#/c/${id}/t/${seq}`

export function go(hash: string): void {
  location.hash = hash
  route.value = parse(location.hash)
}

/** Goes on without leaving the place before in the way of Back. */
export function replace(hash: string): void {
  history.replaceState(null, '', hash)
  route.value = parse(location.hash)
}
