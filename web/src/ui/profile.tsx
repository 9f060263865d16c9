import { useId, useState } from 'preact/hooks'
import type { App } from '../app.ts'
import { explain } from '../problems.ts'
import { say } from '../toasts.ts'
import { PictureField, pictureFits } from './picture-field.tsx'

const MAX_NAME_CHARS = 100

/** The name and the picture that others see. */
export function Profile({ app }: { app: App }) {
  const me = app.me.value
  const [name, setName] = useState(me?.displayName ?? '')
  const [picture, setPicture] = useState(me?.avatar ?? '')
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const [nameId, problemId] = [useId(), useId()]

  const save = async (event: Event) => {
    event.preventDefault()
    if (busy) return
    if (name.trim() === '') return setProblem('Enter a name that others see.')
    if (!pictureFits(picture)) return setProblem('The address of a picture begins with https://')
    setBusy(true)
    setProblem(undefined)
    try {
      await app.updateProfile(name.trim(), picture === '' ? null : picture)
      say('Your profile is saved')
    } catch (error) {
      setProblem(explain(error, 'save'))
    } finally {
      setBusy(false)
    }
  }

  return (
    <form onSubmit={save} noValidate>
      <PictureField
        id={me?.id ?? ''}
        name={name}
        picture={picture}
        problemId={problemId}
        onChange={setPicture}
        onProblem={setProblem}
        beside={
          <>
            <p class="name" dir="auto">
              {me?.displayName}
            </p>
            <p class="handle">@{me?.name}</p>
          </>
        }
      >
        <div class="field">
          <label for={nameId}>Your name</label>
          <input
            id={nameId}
            class="input"
            dir="auto"
            value={name}
            autocomplete="name"
            maxLength={MAX_NAME_CHARS}
            aria-invalid={problem !== undefined && name.trim() === ''}
            aria-describedby={problemId}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </div>
      </PictureField>
      <div role="alert" id={problemId}>
        {problem !== undefined && <p class="notice bad">{problem}</p>}
      </div>
      <div class="actions">
        <button type="submit" class="button" aria-disabled={busy}>
          {busy ? 'Saving…' : 'Save'}
        </button>
      </div>
    </form>
  )
}
