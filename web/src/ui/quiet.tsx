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

/** Not hearing from somebody any more, and not being seen by them. */
export function Block({ app, user }: { app: App; user: string }) {
  const [blocked, setBlocked] = useState<boolean>()
  useEffect(() => {
    app.mine.blocks().then((users) => setBlocked(users.includes(user)), refused)
  }, [app, user])
  const change = async () => {
    try {
      await (blocked === true ? app.mine.unblock(user) : app.mine.block(user))
      setBlocked(blocked !== true)
      say(blocked === true ? `${app.nameOf(user)} can write to you again` : `${app.nameOf(user)} is blocked`)
    } catch (error) {
      refused(error)
    }
  }
  return (
    <div class="setting">
      <span class="grow">
        {blocked === true ? 'Blocked' : 'Block'}
        <span class="hint">Whom you block can’t write to you or see whether you are there.</span>
      </span>
      <button
        type="button"
        class="button danger small"
        disabled={blocked === undefined}
        onClick={() => void change()}
      >
        {blocked === true ? 'Unblock' : 'Block'}
      </button>
    </div>
  )
}
