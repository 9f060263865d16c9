import { useId, useState } from 'preact/hooks'
import { OFFERED } from '../abilities.ts'
import type { App } from '../app.ts'
import { STATUSES, statusNames } from '../presence.ts'
import { explain } from '../problems.ts'
import { setTheme, THEMES, theme } from '../theme.ts'
import { say } from '../toasts.ts'
import { Avatar } from './avatar.tsx'
import { Devices } from './devices.tsx'
import { Dialog } from './dialog.tsx'
import { Privacy } from './privacy.tsx'

const MAX_NAME_CHARS = 64
const themeNames = { system: 'As the system', light: 'Light', dark: 'Dark' } as const

/** Who one is, how the page looks, and this device. */
export function SettingsDialog({ app, onClose }: { app: App; onClose: () => void }) {
  return (
    <Dialog title="Settings" onClose={onClose}>
      <Profile app={app} />
      <fieldset class="field">
        <legend>Status</legend>
        <div class="choice two">
          {STATUSES.map((one) => (
            <label key={one}>
              <input
                type="radio"
                name="status"
                checked={app.presence.said.value === one}
                onChange={() => app.presence.set(one)}
              />
              <span>{statusNames[one]}</span>
            </label>
          ))}
        </div>
        <p class="hint">Invisible: you read and write as always, and look offline to others.</p>
      </fieldset>
      {OFFERED.mine && <Privacy app={app} />}
      {OFFERED.mine && <Devices app={app} />}
      <fieldset class="field">
        <legend>Appearance</legend>
        <div class="choice three">
          {THEMES.map((one) => (
            <label key={one}>
              <input type="radio" name="theme" checked={theme.value === one} onChange={() => setTheme(one)} />
              <span>{themeNames[one]}</span>
            </label>
          ))}
        </div>
      </fieldset>
    </Dialog>
  )
}

function Profile({ app }: { app: App }) {
  const me = app.me.value
  const [name, setName] = useState(me?.displayName ?? '')
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const id = useId()

  const save = async (event: Event) => {
    event.preventDefault()
    if (busy) return
    if (name.trim() === '') return setProblem('Enter a name that others see.')
    setBusy(true)
    setProblem(undefined)
    try {
      await app.rename(name.trim())
      say('Your name is changed')
    } catch (error) {
      setProblem(explain(error, 'save'))
    } finally {
      setBusy(false)
    }
  }

  return (
    <form onSubmit={save} noValidate>
      <div class="profile">
        <Avatar id={me?.id ?? ''} name={me?.displayName ?? '?'} />
        <div>
          <p class="name" dir="auto">
            {me?.displayName}
          </p>
          <p class="handle">@{me?.name}</p>
        </div>
      </div>
      <div class="field">
        <label for={id}>Your name</label>
        <div class="add-row">
          <input
            id={id}
            class="input"
            dir="auto"
            value={name}
            autocomplete="name"
            maxLength={MAX_NAME_CHARS}
            aria-invalid={problem !== undefined}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <button type="submit" class="button" aria-disabled={busy}>
            {busy ? 'Saving…' : 'Save'}
          </button>
        </div>
      </div>
      <div role="alert">{problem !== undefined && <p class="notice bad">{problem}</p>}</div>
    </form>
  )
}
