import { useState } from 'preact/hooks'
import { RIGHTS, type Right, ROLES, type Role, reaches, rolesForRight } from '../../../../sdk/src/mod.ts'
import type { App } from '../../app.ts'
import { explain } from '../../problems.ts'
import { say } from '../../toasts.ts'
import type { Conversation } from '../../types.ts'
import { rightWords, whoHas } from './words.ts'

/** What each role may do; a change holds at once. Nobody gives or takes what is above their own role. */
export function RightsTable({ app, chat }: { app: App; chat: Conversation }) {
  const [saving, setSaving] = useState<Right>()
  const change = async (right: Right, role: Role) => {
    setSaving(right)
    try {
      await app.admin.update(chat.id, { rights: { [right]: role } })
      say('Saved')
    } catch (error) {
      say(explain(error, 'settings'), { bad: true })
    }
    setSaving(undefined)
  }
  return (
    <>
      <p class="hint">
        There are readers, members, admins and owners; each may do what those before them may. Choose for whom
        each of these is.
      </p>
      <div class="rights" aria-busy={saving !== undefined}>
        {RIGHTS.map((right) => {
          const present = chat.least[right]
          const offered = rolesForRight(right).filter((role) => reaches(chat.role, role))
          return (
            <label key={right} class="setting">
              <span class="grow">{rightWords[right]}</span>
              <select
                class="input"
                value={present}
                disabled={!reaches(chat.role, present)}
                onChange={(event) => {
                  const chosen = ROLES.find((role) => role === event.currentTarget.value)
                  if (chosen !== undefined && chosen !== present) void change(right, chosen)
                }}
              >
                {ROLES.filter((role) => offered.includes(role) || role === present).map((role) => (
                  <option key={role} value={role}>
                    {whoHas[role]}
                  </option>
                ))}
              </select>
            </label>
          )
        })}
      </div>
    </>
  )
}
