/** What an error of the server looks like to the page: its code decides, nobody parses messages. */
type Coded = { code: string; message: string; retryAfter?: number | undefined }

const coded = (error: unknown): Coded | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? {
        code: error.code,
        message: error.message,
        retryAfter:
          'retryAfter' in error && typeof error.retryAfter === 'number' ? error.retryAfter : undefined,
      }
    : undefined

export type Doing =
  | 'login'
  | 'signup'
  | 'find'
  | 'create'
  | 'add'
  | 'leave'
  | 'send'
  | 'load'
  | 'save'
  | 'remove'
  | 'ban'
  | 'role'
  | 'settings'
  | 'invite'
  /** A public conversation. */
  | 'join'
  /** A link, to where it leads. */
  | 'follow'

const sentence = (text: string) => {
  const trimmed = text.trim()
  const start = trimmed.charAt(0).toUpperCase() + trimmed.slice(1)
  return /[.!?]$/.test(start) ? start : `${start}.`
}

const ARCHIVED = 'This conversation is archived. It has to be brought back before this can change.'
const CLOSED = 'This conversation is archived: nobody can join it until it is brought back.'
const BANNED =
  'You were banned from this conversation and can’t come in. Somebody who moderates it has to lift that.'
const ABOVE = 'You can’t do this: it is above your role here, or your role has just changed.'
const FULL = 'This conversation is full.'
/** What a code means for what one was doing, where that says more than the code alone. */
const MEANINGS: { readonly [What in Doing]?: { readonly [code: string]: string } } = {
  add: {
    conflict: ARCHIVED,
    forbidden: 'This person can’t be added: they are banned here, or you don’t have the right to it.',
    too_large: FULL,
  },
  ban: {
    forbidden: ABOVE,
    too_large: 'As many people are banned as a channel can remember. Lift a ban first.',
  },
  role: { conflict: 'A conversation needs an owner. Hand it over to somebody first.', forbidden: ABOVE },
  remove: { forbidden: ABOVE },
  settings: { conflict: ARCHIVED, forbidden: ABOVE },
  invite: {
    conflict: ARCHIVED,
    too_large: 'There are as many links as a conversation can have. Revoke one first.',
  },
  join: { conflict: CLOSED, forbidden: BANNED, too_large: FULL },
  follow: {
    conflict: CLOSED,
    forbidden: BANNED,
    not_found: 'It has run out, was used up, or was taken back. Ask for a new one.',
    too_large: FULL,
  },
}

/** Says what went wrong and what to do, in words for people. */
export function explain(error: unknown, doing: Doing, subject = ''): string {
  const known = coded(error)
  const meaning = known && MEANINGS[doing]?.[known.code]
  if (meaning !== undefined) return meaning
  switch (known?.code) {
    case 'unauthenticated':
      return doing === 'login'
        ? 'This name and password don’t belong together. Check both and try again.'
        : 'Your session has ended. Log in again to go on.'
    case 'conflict':
      return doing === 'signup'
        ? `The name “${subject}” is taken. Choose another, or log in if it is yours.`
        : 'This has changed in the meantime. Close this and try again.'
    case 'not_found':
      return doing === 'find'
        ? `Nobody here is called “${subject}”. Check the spelling of the user name.`
        : doing === 'login'
          ? 'This name and password don’t belong together. Check both and try again.'
          : 'This conversation isn’t there any more. Reload the page to see your conversations.'
    case 'forbidden':
      return doing === 'signup'
        ? 'New accounts are closed here. Ask the people who run this Weft for one.'
        : 'You can’t do this here: you are not a member of this conversation, or not allowed to change it.'
    case 'too_large':
      return 'This is too long. Split it into shorter messages.'
    case 'rejected':
      return `This message was refused: ${sentence(known.message)} Change it and send it again.`
    case 'rate_limited': {
      const seconds = Math.max(1, Math.ceil(known.retryAfter ?? 1))
      return `Too many tries. Wait ${seconds} ${seconds === 1 ? 'second' : 'seconds'}, then try again.`
    }
    case 'overflow':
      return 'Too many messages are waiting to be sent. Wait until you are connected, then send this again.'
    case 'bad_frame':
      return sentence(known.message)
    default:
      return 'Weft can’t be reached right now. Check your connection and try again.'
  }
}
