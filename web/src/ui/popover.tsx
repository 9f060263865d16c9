import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'

/** A place on the screen that something opens at, in CSS pixels. */
export type Place = { left: number; right: number; top: number; bottom: number }

/** From the screen's edges, in CSS pixels. */
const MARGIN_PX = 8

export const placeOf = (element: Element): Place => {
  const { left, right, top, bottom } = element.getBoundingClientRect()
  return { left, right, top, bottom }
}
export const pointOf = ({ clientX, clientY }: { clientX: number; clientY: number }): Place => ({
  left: clientX,
  right: clientX,
  top: clientY,
  bottom: clientY,
})

/**
 * Something small above the page, below its place or above it where there is more room. Escape closes it, and the
 * browser on a click outside; the focus goes back to what had it. It is known to be closed before the next key comes:
 * by the event after the fact, a key that opens it anew would come first, and what it opened be closed again.
 */
export function Popover(props: {
  at: Place
  class: string
  onClose: () => void
  children: ComponentChildren
}) {
  const ref = useRef<HTMLDivElement>(null)
  const { onClose } = props
  const close = useRef(onClose)
  close.current = onClose

  useLayoutEffect(() => {
    const element = ref.current
    if (element === null) return
    const before = document.activeElement
    element.showPopover()
    const { width, height } = element.getBoundingClientRect()
    const { at } = props
    const below = at.bottom + height + MARGIN_PX <= innerHeight || at.top < height + MARGIN_PX
    const top = below ? at.bottom + 4 : at.top - height - 4
    const left = at.left < innerWidth / 2 ? at.left : at.right - width
    const within = (value: number, size: number, room: number) =>
      Math.max(MARGIN_PX, Math.min(value, room - size - MARGIN_PX))
    element.style.left = `${within(left, width, innerWidth)}px`
    element.style.top = `${within(top, height, innerHeight)}px`
    element.querySelector<HTMLElement>('[data-first], button')?.focus({ preventScroll: true })
    return () => {
      const inside = element.contains(document.activeElement) || document.activeElement === document.body
      if (inside && before instanceof HTMLElement) before.focus({ preventScroll: true })
    }
  }, [])

  // What it belongs to moves away when the page scrolls or changes its size.
  useEffect(() => {
    const leave = () => close.current()
    addEventListener('resize', leave)
    return () => removeEventListener('resize', leave)
  }, [])

  return (
    <div
      ref={ref}
      popover="auto"
      class={`popover ${props.class}`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        event.stopPropagation()
        onClose()
      }}
      onBeforeToggle={(event) => {
        if (event.newState === 'closed') close.current()
      }}
    >
      {props.children}
    </div>
  )
}

/** Arrows, Home and End among the buttons inside; `columns` for a grid. */
export function onArrows(event: KeyboardEvent & { currentTarget: HTMLElement }, columns = 1): void {
  const buttons = Array.from(event.currentTarget.querySelectorAll<HTMLElement>('button:not(:disabled)'))
  const at = buttons.findIndex((button) => button === document.activeElement)
  const sideways = columns > 1 ? { ArrowRight: at + 1, ArrowLeft: at - 1 } : {}
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: at + columns,
    ArrowUp: at - columns,
    Home: 0,
    End: buttons.length - 1,
    ...sideways,
  }
  const to = moves[event.key]
  if (to === undefined) return
  event.preventDefault()
  event.stopPropagation()
  const wrapped = columns === 1 ? (to + buttons.length) % buttons.length : to
  buttons[Math.max(0, Math.min(wrapped, buttons.length - 1))]?.focus()
}
