import type { RefObject } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { isLine, type Row } from '../rows.ts'

type Aim = { key: string; block: 'nearest' | 'center'; flash: boolean }

/** How long a message that one jumped to is marked, in milliseconds. */
const FLASH_MS = 1_600

/**
 * One stop for Tab among the messages; the arrows, Home and End go through them. A row that isn't in the document
 * is brought there first, hence `settle`, to be called after each render: true if it moved.
 */
export function useRowKeys(
  rows: readonly Row[],
  list: RefObject<HTMLElement | null>,
  bring: (key: string) => boolean,
) {
  const [chosen, setChosen] = useState<string>()
  const [, again] = useState(0)
  const aim = useRef<Aim | undefined>(undefined)
  const stop = rows.some((row) => row.key === chosen) ? chosen : rows.findLast(isLine)?.key

  const goTo = (next: Aim): boolean => {
    if (!bring(next.key)) return false
    aim.current = next
    again((n) => n + 1)
    return true
  }

  const settle = (): boolean => {
    if (aim.current === undefined) return false
    const { key, block, flash } = aim.current
    const row = list.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`)
    if (!row) return false
    aim.current = undefined
    row.scrollIntoView({ block })
    row.focus({ preventScroll: true })
    if (flash) {
      row.classList.add('flash')
      setTimeout(() => row.classList.remove('flash'), FLASH_MS)
    }
    return true
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const { target } = event
    if (!(target instanceof HTMLElement) || target.dataset.key === undefined) return
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const at = rows.findIndex((row) => row.key === target.dataset.key)
    const next = {
      ArrowUp: () => rows.slice(0, at).findLast(isLine),
      ArrowDown: () => rows.slice(at + 1).find(isLine),
      Home: () => rows.find(isLine),
      End: () => rows.findLast(isLine),
    }[event.key]
    if (at === -1 || next === undefined) return
    event.preventDefault()
    const row = next()
    if (row !== undefined) goTo({ key: row.key, block: 'nearest', flash: false })
  }

  const onFocusIn = (event: FocusEvent) => {
    const { target } = event
    if (target instanceof HTMLElement && target.dataset.key !== undefined) setChosen(target.dataset.key)
  }

  return { stop, onKeyDown, onFocusIn, settle, goTo }
}
