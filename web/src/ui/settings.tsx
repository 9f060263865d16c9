import { OFFERED } from '../abilities.ts'
import type { App } from '../app.ts'
import { STATUSES, statusNames } from '../presence.ts'
import { setTheme, THEMES, theme } from '../theme.ts'
import { Devices } from './devices.tsx'
import { Dialog } from './dialog.tsx'
import { Privacy } from './privacy.tsx'
import { Profile } from './profile.tsx'
import { Status } from './status.tsx'

const themeNames = { system: 'As the system', light: 'Light', dark: 'Dark' } as const

/** Who one is, how the page looks, and this device. */
export function SettingsDialog({ app, onClose }: { app: App; onClose: () => void }) {
  return (
    <Dialog title="Settings" onClose={onClose}>
      <Profile app={app} />
      <Status app={app} />
      <fieldset class="field">
        <legend>Are you there?</legend>
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
