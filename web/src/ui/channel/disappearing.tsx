import type { App } from '../../app.ts'
import { explain } from '../../problems.ts'
import { say } from '../../toasts.ts'
import type { Conversation } from '../../types.ts'
import { DISAPPEAR_S, spanWords } from './words.ts'

/** How long messages stay; who may not say so is told. */
export function Disappearing({ app, chat, maySet }: { app: App; chat: Conversation; maySet: boolean }) {
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
