import type { ComponentChildren } from 'preact'
import { OFFERED } from '../../abilities.ts'
import type { App } from '../../app.ts'
import { explain } from '../../problems.ts'
import { say } from '../../toasts.ts'
import type { Conversation } from '../../types.ts'
import { Chevron } from '../icons.tsx'
import { Disappearing } from './disappearing.tsx'
import { nounOf } from './words.ts'

export type Part = 'about' | 'rights' | 'links' | 'bans'

/** What may be changed of it, as far as one may: each leads to a part of its own. */
export function Parts({ app, chat, onOpen }: { app: App; chat: Conversation; onOpen: (part: Part) => void }) {
  const { may } = chat
  const maySet = may.has('settings') && !chat.archived
  const row = (part: Part, words: string, value?: ComponentChildren) => (
    <li>
      <button type="button" class="pick" data-part={part} onClick={() => onOpen(part)}>
        <span class="grow">{words}</span>
        {value !== undefined && <span class="value">{value}</span>}
        <Chevron />
      </button>
    </li>
  )
  const rows = [
    maySet && row('about', 'Name, topic and picture'),
    maySet && row('rights', 'What each role may do'),
    may.has('invite') && row('links', 'Invite links'),
    may.has('moderate') && row('bans', 'Banned people'),
  ].filter((one) => one !== false)
  return (
    <>
      {rows.length > 0 && <ul class="parts">{rows}</ul>}
      {OFFERED.disappear && <Disappearing app={app} chat={chat} maySet={maySet} />}
    </>
  )
}

/** That it is archived, and bringing it back. */
export function ArchivedNotice({ app, chat }: { app: App; chat: Conversation }) {
  const bringBack = async () => {
    try {
      await app.admin.update(chat.id, { archived: false })
      say('It is back')
    } catch (error) {
      say(explain(error, 'settings'), { bad: true })
    }
  }
  return (
    <div class="notice warn archived">
      <p class="grow">This {nounOf(chat.kind)} is archived: it can be read, and nobody writes in it.</p>
      {chat.may.has('settings') && (
        <button type="button" class="button quiet small" onClick={() => void bringBack()}>
          Bring it back
        </button>
      )}
    </div>
  )
}
