import { useState } from 'preact/hooks'
import { faceOf } from '../faces.ts'
import { initials, tintOf } from '../format.ts'

/** Decoration: the name always stands beside it. Letters stand where there is no picture, or none that loads. */
export function Avatar(props: { id: string; name: string; group?: boolean; small?: boolean }) {
  const face = faceOf(props.id)
  const [broken, setBroken] = useState<string>()
  return (
    <span
      class={`avatar tint-${tintOf(props.id)}${props.group ? ' group' : ''}${props.small ? ' small' : ''}`}
      aria-hidden="true"
    >
      {initials(props.name)}
      {face !== undefined && face !== broken && (
        <img src={face} alt="" loading="lazy" decoding="async" onError={() => setBroken(face)} />
      )}
    </span>
  )
}
