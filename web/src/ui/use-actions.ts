import { useMemo, useState } from 'preact/hooks'
import { OFFERED } from '../abilities.ts'
import type { App } from '../app.ts'
import { plainText } from '../markup.ts'
import { explain } from '../problems.ts'
import { go, messageHref, threadHref } from '../route.ts'
import { say } from '../toasts.ts'
import type { Conversation, Line } from '../types.ts'
import type { MessageActions } from './message-tools.tsx'

/** What is going on with a message in the conversation that is open. */
export type Doing = { what: 'quote' | 'forward' | 'edit' | 'remove' | 'versions' | 'reactors'; line: Line }

const refused = (error: unknown) => say(explain(error, 'save'), { bad: true })

export async function copy(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    say(done)
  } catch (error) {
    console.warn(error)
    say('Your browser doesn’t allow copying here.', { bad: true })
  }
}

/** What can be done with the messages of a conversation; the same object as long as it is the same conversation. */
export function useActions(app: App, id: string, chat: Conversation | undefined) {
  const [doing, setDoing] = useState<Doing>()
  const alive = chat?.archived === false
  const writes = alive && chat.may.has('send')
  const reacts = alive && chat.may.has('react')
  const pins = alive && chat.may.has('pin')
  const moderates = chat?.may.has('moderate') === true
  const actions = useMemo(
    (): MessageActions => ({
      ...(writes && {
        reply: (line) => go(threadHref(id, line.thread ?? line.seq)),
        quote: (line) => setDoing({ what: 'quote', line }),
      }),
      reactors: (line) => setDoing({ what: 'reactors', line }),
      versions: (line) => setDoing({ what: 'versions', line }),
      forward: (line) => setDoing({ what: 'forward', line }),
      ...(OFFERED.react &&
        reacts && {
          react: (line, emoji, on) => void app.react(id, line, emoji, on).catch(refused),
        }),
      ...(OFFERED.edit && writes && { edit: (line) => setDoing({ what: 'edit', line }) }),
      ...(OFFERED.remove && alive && { remove: (line) => setDoing({ what: 'remove', line }), moderates }),
      ...(pins && {
        pin: (line, on) =>
          void app.beside
            .pin(id, line.seq, on)
            .then(() => say(on ? 'Pinned for everyone here' : 'No longer pinned'), refused),
      }),
      copyText: (line) => void copy(plainText(line.text), 'Text copied'),
      copyLink: (line) => void copy(new URL(messageHref(id, line.seq), location.href).href, 'Link copied'),
    }),
    [app, id, alive, writes, reacts, pins, moderates],
  )
  /** One's newest message, if it can be changed. */
  const editLast = () => {
    const own = app.transcripts.talkOf(id).main.value.findLast((line) => line.mine && line.seq > 0)
    if (own !== undefined && own.gone !== true) actions.edit?.(own)
  }
  const lineOf = (what: Doing['what']) => (doing?.what === what ? doing.line : undefined)
  return { actions, lineOf, editLast, done: () => setDoing(undefined) }
}
