import type { ComponentChildren } from 'preact'
import { OFFERED } from '../../abilities.ts'
import type { App } from '../../app.ts'
import { plural } from '../../format.ts'
import { explain } from '../../problems.ts'
import { say } from '../../toasts.ts'
import type { Conversation } from '../../types.ts'
import { Avatar } from '../avatar.tsx'
import { Formatted } from '../formatted.tsx'
import { Chevron } from '../icons.tsx'
import { DISAPPEAR_S, kindOf, nounOf, spanWords } from './words.ts'

export type Part = 'about' | 'rights' | 'links' | 'bans'

const nobody = () => undefined

/** What a group or channel is. */
export function Card({ chat }: { chat: Conversation }) {
  return (
    <div class="card-about">
      <div class="profile">
        <Avatar id={chat.id} name={chat.title} group />
        <div class="grow">
          <p class="kind">{kindOf(chat)}</p>
          <p class="hint">{plural(chat.members, 'person', 'people')}</p>
        </div>
      </div>
      {chat.topic !== null && (
        <p class="topic" dir="auto">
          {chat.topic}
        </p>
      )}
      {chat.description !== null && (
        <div class="description" dir="auto">
          <Formatted text={chat.description} mentioned={nobody} />
        </div>
      )}
    </div>
  )
}

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

function Disappearing({ app, chat, maySet }: { app: App; chat: Conversation; maySet: boolean }) {
  const present = chat.disappearAfterS
  if (!maySet && present === null) return null
  const change = async (seconds: number | null) => {
    try {
      await app.admin.update(chat.id, { disappear_after_s: seconds })
      say(seconds === null ? 'New messages stay' : `New messages disappear after ${spanWords(seconds)}`)
    } catch (error) {
      say(explain(error, 'settings'), { bad: true })
    }
  }
  if (!maySet) {
    return (
      <p class="setting">
        <span class="grow">Messages disappear</span>
        <span class="value">after {spanWords(present ?? 0)}</span>
      </p>
    )
  }
  const offered = present === null || DISAPPEAR_S.includes(present) ? DISAPPEAR_S : [present, ...DISAPPEAR_S]
  return (
    <label class="setting">
      <span class="grow">
        Disappearing messages
        <span class="hint">What is sent from now on is gone for everyone after that time.</span>
      </span>
      <select
        class="input"
        value={present === null ? 'off' : String(present)}
        onChange={(event) => {
          const chosen = event.currentTarget.value
          void change(chosen === 'off' ? null : Number(chosen))
        }}
      >
        <option value="off">Off</option>
        {offered.map((seconds) => (
          <option key={seconds} value={String(seconds)}>
            {spanWords(seconds)}
          </option>
        ))}
      </select>
    </label>
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
