import { signal } from '@preact/signals'

/** What can stand beside a conversation. */
const PANELS = ['pins', 'threads'] as const
export type Panel = (typeof PANELS)[number]

/** Where the reader is. It stands in the address after `#`, so that Back works and a reload stays. */
export type Route =
  | { at: 'list' }
  /** A conversation; in it a message to go to, or beside it the thread that began with one, or a list of its own. */
  | { at: 'chat'; id: string; message?: number; thread?: number; panel?: Panel }
  /** The unread threads of all conversations. */
  | { at: 'threads' }
  /** Where a link leads that one was given. */
  | { at: 'invite'; code: string }
  /** With the link that one goes on to. */
  | { at: 'signup'; invite?: string }

export const THREADS_HREF = '#/threads'

const parse = (hash: string): Route => {
  const beside = /^#\/c\/([A-Za-z0-9_-]{1,64})\/([a-z]+)$/.exec(hash)
  const panel = PANELS.find((one) => one === beside?.[2])
  if (beside?.[1] !== undefined && panel !== undefined) return { at: 'chat', id: beside[1], panel }
  if (hash === THREADS_HREF) return { at: 'threads' }
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
