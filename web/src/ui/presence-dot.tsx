import { useEffect } from 'preact/hooks'
import type { App } from '../app.ts'
import { presenceWords, statusNames } from '../presence.ts'

/** Whether somebody is there, at their picture; nothing while it isn't known. */
export function PresenceDot({ app, user }: { app: App; user: string | undefined }) {
  useEffect(() => (user === undefined ? undefined : app.presence.watch([user])), [app, user])
  const presence = user === undefined ? undefined : app.presence.of(user)
  if (presence === undefined) return null
  return (
    <span class={`dot ${presence.status}`} title={statusNames[presence.status]}>
      <span class="sr-only">{statusNames[presence.status]}</span>
    </span>
  )
}

/** In words. */
export function PresenceLine({ app, user }: { app: App; user: string }) {
  const words = presenceWords(app.presence.of(user))
  return <p class="sub">{words}</p>
}
