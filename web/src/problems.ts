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

const sentence = (text: string) => {
  const trimmed = text.trim()
  const start = trimmed.charAt(0).toUpperCase() + trimmed.slice(1)
  return /[.!?]$/.test(start) ? start : `${start}.`
}

/** Says what went wrong and what to do, in words for people. */
export function explain(error: unknown, doing: Doing, subject = ''): string {
  const known = coded(error)
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
