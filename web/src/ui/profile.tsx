import { useId, useState } from 'preact/hooks'
import type { App } from '../app.ts'
import { isPicture } from '../faces.ts'
import { initials, tintOf } from '../format.ts'
import { MAX_PICTURE_CHARS, shrink } from '../pictures.ts'
import { explain } from '../problems.ts'
import { say } from '../toasts.ts'

const MAX_NAME_CHARS = 100

/** The name and the picture that others see. */
export function Profile({ app }: { app: App }) {
  const me = app.me.value
  const [name, setName] = useState(me?.displayName ?? '')
  const [picture, setPicture] = useState(me?.avatar ?? '')
  /** Not every letter of an address is a picture to ask for. */
  const [shown, setShown] = useState(picture)
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const [nameId, pictureId, problemId] = [useId(), useId(), useId()]
  const address = picture.trim()
  const fits = address === '' || isPicture(address)

  const put = (value: string) => {
    setPicture(value)
    setShown(value.trim())
  }
  const save = async (event: Event) => {
    event.preventDefault()
    if (busy) return
    if (name.trim() === '') return setProblem('Enter a name that others see.')
    if (!fits) return setProblem('The address of a picture begins with https://')
    setBusy(true)
    setProblem(undefined)
    try {
      await app.updateProfile(name.trim(), address === '' ? null : address)
      say('Your profile is saved')
    } catch (error) {
      setProblem(explain(error, 'save'))
    } finally {
      setBusy(false)
    }
  }

  const take = async (file: File | undefined) => {
    if (file === undefined) return
    const small = await shrink(file)
    if (small === undefined) return setProblem('This file can’t be read as a picture. Choose another.')
    setProblem(undefined)
    put(small)
  }

  return (
    <form onSubmit={save} noValidate>
      <div class="profile">
        <Preview key={shown} id={me?.id ?? ''} name={name} address={isPicture(shown) ? shown : ''} />
        <div class="grow">
          <p class="name" dir="auto">
            {me?.displayName}
          </p>
          <p class="handle">@{me?.name}</p>
          <div class="spans">
            <label class="button quiet small pick-file">
              Choose a picture…
              <input
                type="file"
                accept="image/*"
                onChange={(event) => void take(event.currentTarget.files?.[0])}
              />
            </label>
            {address !== '' && (
              <button type="button" class="button quiet small" onClick={() => put('')}>
                No picture
              </button>
            )}
          </div>
        </div>
      </div>
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
      <div class="field">
        <label for={pictureId}>Address of a picture</label>
        <input
          id={pictureId}
          class="input"
          type="url"
          inputMode="url"
          placeholder="https://…"
          value={picture.startsWith('data:') ? '' : picture}
          maxLength={MAX_PICTURE_CHARS}
          aria-invalid={!fits}
          aria-describedby={problemId}
          onInput={(event) => setPicture(event.currentTarget.value)}
          onChange={(event) => put(event.currentTarget.value)}
        />
      </div>
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

/** The picture before it is saved, and what becomes of loading it. */
function Preview({ id, name, address }: { id: string; name: string; address: string }) {
  const [loaded, setLoaded] = useState<boolean>()
  const words = { true: '', false: 'No picture could be loaded from there.', undefined: 'Loading…' } as const
  return (
    <div class="preview-picture">
      <span class={`avatar large tint-${tintOf(id)}`} aria-hidden="true">
        {initials(name)}
        {address !== '' && loaded !== false && (
          <img src={address} alt="" onLoad={() => setLoaded(true)} onError={() => setLoaded(false)} />
        )}
      </span>
      <p role="status" class="hint">
        {address === '' ? '' : words[`${loaded}`]}
      </p>
    </div>
  )
}
