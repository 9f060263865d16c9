import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'
import { isPicture } from '../faces.ts'
import { initials, tintOf } from '../format.ts'
import { MAX_PICTURE_CHARS, shrink } from '../pictures.ts'

/** Whether what stands in the field can be kept: the address of a picture, or nothing. */
export const pictureFits = (address: string): boolean => address === '' || isPicture(address)

/** A picture of a person or a conversation: from this device or by its address, shown before it is saved. */
export function PictureField(props: {
  id: string
  name: string
  group?: boolean
  picture: string
  /** The id of what says that it doesn't fit. */
  problemId: string
  onChange: (picture: string) => void
  onProblem: (problem: string | undefined) => void
  /** Beside the picture. */
  beside?: ComponentChildren
  /** What is asked before its address. */
  children?: ComponentChildren
}) {
  const { picture } = props
  /** Not every letter of an address is a picture to ask for. */
  const [shown, setShown] = useState(picture)
  const fieldId = useId()
  const put = (value: string) => {
    props.onChange(value.trim())
    setShown(value.trim())
  }
  const take = async (file: File | undefined) => {
    if (file === undefined) return
    const small = await shrink(file)
    if (small === undefined) return props.onProblem('This file can’t be read as a picture. Choose another.')
    props.onProblem(undefined)
    put(small)
  }
  return (
    <>
      <div class="profile">
        <Preview key={shown} {...props} address={isPicture(shown) ? shown : ''} />
        <div class="grow">
          {props.beside}
          <div class="spans">
            <label class="button quiet small pick-file">
              Choose a picture…
              <input
                type="file"
                accept="image/*"
                onChange={(event) => void take(event.currentTarget.files?.[0])}
              />
            </label>
            {picture !== '' && (
              <button type="button" class="button quiet small" onClick={() => put('')}>
                No picture
              </button>
            )}
          </div>
        </div>
      </div>
      {props.children}
      <div class="field">
        <label for={fieldId}>Address of a picture</label>
        <input
          id={fieldId}
          class="input"
          type="url"
          inputMode="url"
          placeholder="https://…"
          value={picture.startsWith('data:') ? '' : picture}
          maxLength={MAX_PICTURE_CHARS}
          aria-invalid={!pictureFits(picture)}
          aria-describedby={props.problemId}
          onInput={(event) => props.onChange(event.currentTarget.value.trim())}
          onChange={(event) => put(event.currentTarget.value)}
        />
      </div>
    </>
  )
}

/** The picture before it is saved, and what becomes of loading it. */
function Preview(props: { id: string; name: string; group?: boolean; address: string }) {
  const { address } = props
  const [loaded, setLoaded] = useState<boolean>()
  const words = { true: '', false: 'No picture could be loaded from there.', undefined: 'Loading…' } as const
  return (
    <div class="preview-picture">
      <span
        class={`avatar large tint-${tintOf(props.id)}${props.group === true ? ' group' : ''}`}
        aria-hidden="true"
      >
        {initials(props.name)}
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
