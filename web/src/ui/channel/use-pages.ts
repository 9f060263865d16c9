import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Page } from '../../../../sdk/src/mod.ts'
import { type Doing, explain } from '../../problems.ts'

/** A list that comes page by page: begun anew whenever `load` is another. */
export function usePages<Item>(load: (cursor?: string) => Promise<Page<Item>>, doing: Doing = 'load') {
  const [items, setItems] = useState<readonly Item[]>()
  const [next, setNext] = useState<string | null>(null)
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const asked = useRef(0)

  const ask = useCallback(
    async (cursor?: string) => {
      const number = ++asked.current
      setBusy(true)
      try {
        const page = await load(cursor)
        // An answer to what was asked before is no longer wanted.
        if (number !== asked.current) return
        setItems((before) => (cursor === undefined ? page.items : [...(before ?? []), ...page.items]))
        setNext(page.next)
        setProblem(undefined)
      } catch (error) {
        if (number === asked.current) setProblem(explain(error, doing))
      } finally {
        if (number === asked.current) setBusy(false)
      }
    },
    [load, doing],
  )
  useEffect(() => {
    void ask()
    return () => {
      asked.current++
    }
  }, [ask])

  return {
    items,
    problem,
    busy,
    /** Loads what comes after; `undefined` at the end. */
    more: next === null ? undefined : () => void ask(next),
    again: () => void ask(),
    set: (how: (before: readonly Item[]) => readonly Item[]) => setItems((before) => how(before ?? [])),
  }
}
