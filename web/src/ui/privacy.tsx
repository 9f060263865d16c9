import { useEffect, useState } from 'preact/hooks'
import type { Audience, Settings } from '../../../sdk/src/mod.ts'
import type { App } from '../app.ts'
import { explain } from '../problems.ts'
import { say } from '../toasts.ts'

const AUDIENCES: readonly Audience[] = ['everyone', 'contacts', 'nobody']
const audienceNames = { everyone: 'Everyone', contacts: 'My contacts', nobody: 'Nobody' } as const

/** Who may know what of one; the same on every device. */
export function Privacy({ app }: { app: App }) {
  const [settings, setSettings] = useState<Settings>()
  const [problem, setProblem] = useState<string>()

  useEffect(() => {
    app.mine.settings().then(setSettings, (error: unknown) => setProblem(explain(error, 'load')))
  }, [app])

  /** Shown at once; taken back if the server won't have it. */
  const change = async (changes: Partial<Settings>) => {
    const before = settings
    if (before !== undefined) setSettings({ ...before, ...changes })
    try {
      setSettings(await app.mine.updateSettings(changes))
    } catch (error) {
      setSettings(before)
      say(explain(error, 'save'), { bad: true })
    }
  }

  const audience = (name: 'presence' | 'last_seen', words: string) => (
    <label class="setting">
      <span class="grow">{words}</span>
      <select
        class="input"
        value={settings?.[name] ?? 'everyone'}
        disabled={settings === undefined}
        onChange={(event) => {
          const chosen = AUDIENCES.find((one) => one === event.currentTarget.value)
          if (chosen !== undefined) void change({ [name]: chosen })
        }}
      >
        {AUDIENCES.map((one) => (
          <option key={one} value={one}>
            {audienceNames[one]}
          </option>
        ))}
      </select>
    </label>
  )
  return (
    <section aria-busy={settings === undefined && problem === undefined}>
      <h3>Privacy</h3>
      <div role="alert">{problem !== undefined && <p class="notice bad">{problem}</p>}</div>
      <label class="setting">
        <span class="grow">
          Read receipts
          <span class="hint">Without them, you don’t see what others have read either.</span>
        </span>
        <input
          type="checkbox"
          role="switch"
          class="switch"
          checked={settings?.read_receipts ?? true}
          disabled={settings === undefined}
          onChange={(event) => void change({ read_receipts: event.currentTarget.checked })}
        />
      </label>
      {audience('presence', 'Who sees whether I am online')}
      {audience('last_seen', 'Who sees when I was last there')}
    </section>
  )
}
