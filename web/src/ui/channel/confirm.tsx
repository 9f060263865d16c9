import { useState } from 'preact/hooks'
import { type Doing, explain } from '../../problems.ts'

/** What is asked once more before it is done. */
export type Question = {
  title: string
  words: string
  action: string
  busy: string
  doing: Doing
  act: () => Promise<void>
}

export function Confirm({ question, onBack }: { question: Question; onBack: () => void }) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const act = async () => {
    if (busy) return
    setBusy(true)
    setProblem(undefined)
    try {
      await question.act()
    } catch (error) {
      setProblem(explain(error, question.doing))
      setBusy(false)
    }
  }
  return (
    <>
      <p>{question.words}</p>
      <div role="alert">{problem !== undefined && <p class="notice bad">{problem}</p>}</div>
      <div class="actions">
        <button type="button" class="button quiet" onClick={onBack}>
          Cancel
        </button>
        <button type="button" class="button danger" aria-disabled={busy} onClick={() => void act()}>
          {busy ? question.busy : question.action}
        </button>
      </div>
    </>
  )
}
