import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

/** How near to its end counts as being there, in CSS pixels. */
const NEAR_PX = 48

/**
 * Keeps what the reader looks at where it is while lines come and go around it: at the end, the end; anywhere
 * else, the topmost line in sight. `capture` is called before the document changes, `restore` after.
 */
export function useAnchor(
  log: RefObject<HTMLElement | null>,
  inner: RefObject<HTMLElement | null>,
  onResize: () => void,
) {
  const resized = useRef(onResize)
  resized.current = onResize
  const stuck = useRef(true)
  const anchor = useRef<{ key: string; top: number; scrollTop: number } | undefined>(undefined)
  /** Where it was when last looked at. */
  const known = useRef(0)
  const [atBottom, setAtBottom] = useState(true)

  /** The reader may have left the end a moment ago, with the event that says so still on its way. */
  const unstick = (element: HTMLElement) => {
    const below = element.scrollHeight - element.clientHeight - element.scrollTop
    if (stuck.current && element.scrollTop < known.current - 1 && below >= NEAR_PX) stuck.current = false
    known.current = element.scrollTop
  }

  const capture = () => {
    const element = log.current
    if (element === null) return
    unstick(element)
    const top = element.getBoundingClientRect().top
    anchor.current = undefined
    for (const line of element.querySelectorAll<HTMLElement>('[data-key]')) {
      const box = line.getBoundingClientRect()
      if (box.bottom > top) {
        anchor.current = { key: line.dataset.key ?? '', top: box.top - top, scrollTop: element.scrollTop }
        return
      }
    }
  }

  const restore = () => {
    const element = log.current
    if (element === null) return
    unstick(element)
    if (stuck.current) {
      element.scrollTop = element.scrollHeight
      known.current = element.scrollTop
      return
    }
    const held = anchor.current
    if (held === undefined) return
    const line = element.querySelector(`[data-key="${CSS.escape(held.key)}"]`)
    if (line === null) return
    const top = line.getBoundingClientRect().top - element.getBoundingClientRect().top
    // What was scrolled since the line was measured is the reader's own doing.
    const moved = top - held.top + (element.scrollTop - held.scrollTop)
    if (Math.abs(moved) >= 0.5) element.scrollTop += moved
    // Done with: restored again before the next scroll event, it must not move a second time.
    anchor.current = {
      key: held.key,
      top: line.getBoundingClientRect().top - element.getBoundingClientRect().top,
      scrollTop: element.scrollTop,
    }
    known.current = element.scrollTop
  }

  const onScroll = () => {
    const element = log.current
    if (element === null) return
    stuck.current = element.scrollHeight - element.clientHeight - element.scrollTop < NEAR_PX
    setAtBottom(stuck.current)
    capture()
  }

  const toBottom = () => {
    known.current = 0
    stuck.current = true
    setAtBottom(true)
    restore()
  }

  /** To somewhere else: the end isn't held on to any more. */
  const leaveBottom = () => {
    stuck.current = false
  }

  // A keyboard that opens, a window that is resized, a font that loads: heights change without a render.
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      restore()
      capture()
      resized.current()
    })
    if (log.current !== null) observer.observe(log.current)
    if (inner.current !== null) observer.observe(inner.current)
    return () => observer.disconnect()
  }, [log, inner])

  return { atBottom, capture, restore, onScroll, toBottom, leaveBottom }
}
