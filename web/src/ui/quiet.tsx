import { useEffect, useState } from 'preact/hooks'
import type { App } from '../app.ts'
import { explain } from '../problems.ts'
import { say } from '../toasts.ts'
import type { Conversation } from '../types.ts'

const HOUR_MS = 3_600_000
const SPANS: readonly (readonly [string, number | null])[] = [
  ['For an hour', HOUR_MS],
  ['For eight hours', 8 * HOUR_MS],
  ['For a week', 7 * 24 * HOUR_MS],
  ['Until I say otherwise', null],
]

const refused = (error: unknown) => say(explain(error, 'save'), { bad: true })

/** Having a conversation say nothing for a while; mentions come through. */
export function Mute({ app, chat }: { app: App; chat: Conversation }) {
  const mute = (span: number | null) =>
    app.mutes.mute(chat.id, span === null ? null : new Date(Date.now() + span))
  if (chat.muted) {
    return (
      <div class="setting">
        <span class="grow">This conversation is muted</span>
        <button
          type="button"
          class="button quiet small"
          onClick={() => app.mutes.unmute(chat.id).then(() => say('No longer muted'), refused)}
        >
          Unmute
        </button>
      </div>
    )
  }
  return (
    <div class="field">
      <h3>Mute</h3>
      <div class="spans">
        {SPANS.map(([words, span]) => (
          <button
            key={words}
            type="button"
            class="button quiet small"
            onClick={() => mute(span).then(() => say('Muted. Mentions still come through.'), refused)}
          >
            {words}
          </button>
        ))}
      </div>
    </div>
  )
}

/** A list of one's own that somebody is on or not. */
function Listed(props: {
  user: string
  list: () => Promise<readonly string[]>
  put: (on: boolean) => Promise<void>
  words: { title: string; hint: string; on: string; off: string; done: string; undone: string }
  danger?: boolean
}) {
  const { user, list, put, words } = props
  const [on, setOn] = useState<boolean>()
  useEffect(() => {
    list().then((users) => setOn(users.includes(user)), refused)
  }, [user])
  const change = async () => {
    try {
      await put(on !== true)
      setOn(on !== true)
      say(on === true ? words.undone : words.done)
    } catch (error) {
      refused(error)
    }
  }
  return (
    <div class="setting">
      <span class="grow">
        {words.title}
        <span class="hint">{words.hint}</span>
      </span>
      <button
        type="button"
        class={props.danger === true ? 'button danger small' : 'button quiet small'}
        disabled={on === undefined}
        onClick={() => void change()}
      >
        {on === true ? words.off : words.on}
      </button>
    </div>
  )
}

/** Not hearing from somebody any more, and not being seen by them. */
export function Block({ app, user }: { app: App; user: string }) {
  const name = app.nameOf(user)
  return (
    <Listed
      user={user}
      list={() => app.mine.blocks()}
      put={(on) => (on ? app.mine.block(user) : app.mine.unblock(user))}
      danger
      words={{
        title: 'Block',
        hint: 'Whom you block can’t write to you or see whether you are there.',
        on: 'Block',
        off: 'Unblock',
        done: `${name} is blocked`,
        undone: `${name} can write to you again`,
      }}
    />
  )
}

/** Whether somebody is among those who may see what one shows to contacts alone. */
export function Contact({ app, user }: { app: App; user: string }) {
  const name = app.nameOf(user)
  return (
    <Listed
      user={user}
      list={() => app.mine.contacts()}
      put={(on) => (on ? app.mine.addContact(user) : app.mine.removeContact(user))}
      words={{
        title: 'Contact',
        hint: 'Contacts see of you what you show to them alone, as your privacy settings say.',
        on: 'Add',
        off: 'Remove',
        done: `${name} is a contact of yours`,
        undone: `${name} is no contact of yours any more`,
      }}
    />
  )
}
