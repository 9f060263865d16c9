import { useEffect, useState } from 'preact/hooks'
import { explain } from '../problems.ts'

export type Loaded<T> = { value: T | undefined; problem: string | undefined; again: () => void }

/** What the server is asked for, and again when one of `inputs` changes; meanwhile what it said before is shown. */
export function useLoaded<T>(load: () => Promise<T>, inputs: readonly unknown[]): Loaded<T> {
  const [value, setValue] = useState<T>()
  const [problem, setProblem] = useState<string>()
  const [tries, setTries] = useState(0)
  useEffect(() => {
    let current = true
    load().then(
      (loaded) => {
        if (!current) return
        setValue(() => loaded)
        setProblem(undefined)
      },
      (error: unknown) => current && setProblem(explain(error, 'load')),
    )
    return () => {
      current = false
    }
  }, [...inputs, tries])
  return { value, problem, again: () => setTries(tries + 1) }
}
