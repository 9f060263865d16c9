import type { ComponentChildren } from 'preact'
import { onArrows, type Place, Popover } from './popover.tsx'

export type MenuItem = {
  name: string
  icon?: ComponentChildren
  danger?: boolean
  act: () => void
}

/** A menu as people know it: arrows go through it, Enter chooses, Escape leaves. */
export function Menu(props: { label: string; at: Place; items: readonly MenuItem[]; onClose: () => void }) {
  const { items, onClose } = props
  return (
    <Popover at={props.at} class="menu" onClose={onClose}>
      <div
        role="menu"
        tabIndex={-1}
        aria-label={props.label}
        onKeyDown={(event) => {
          if (event.key === 'Tab') {
            event.preventDefault()
            onClose()
          } else onArrows(event)
        }}
      >
        {items.map((item) => (
          <button
            key={item.name}
            type="button"
            role="menuitem"
            tabIndex={-1}
            class={item.danger === true ? 'danger' : undefined}
            onClick={() => {
              onClose()
              item.act()
            }}
          >
            {item.icon}
            {item.name}
          </button>
        ))}
      </div>
    </Popover>
  )
}
