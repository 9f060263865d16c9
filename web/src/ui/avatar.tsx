import { initials, tintOf } from '../format.ts'

/** Decoration: the name always stands beside it. */
export const Avatar = (props: { id: string; name: string; group?: boolean; small?: boolean }) => (
  <span
    class={`avatar tint-${tintOf(props.id)}${props.group ? ' group' : ''}${props.small ? ' small' : ''}`}
    aria-hidden="true"
  >
    {initials(props.name)}
  </span>
)
