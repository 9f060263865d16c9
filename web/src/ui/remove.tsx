import { useState } from 'preact/hooks'
import type { App } from '../app.ts'
import { plainText } from '../markup.ts'
import { explain } from '../problems.ts'
import { say } from '../toasts.ts'
import type { Line } from '../types.ts'
import { Dialog } from './dialog.tsx'

/** Asks once more before a message is gone for everyone. */
export function RemoveDialog(props: { app: App; chat: string; line: Line; onClose: () => void }) {
  const { app, chat, line, onClose } = props
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const remove = async () => {
    if (busy) return
    setBusy(true)
    try {
      await app.remove(chat, line)
      say('The message is deleted')
      onClose()
    } catch (error) {
      setProblem(explain(error, 'save'))
      setBusy(false)
    }
  }
  return (
    <Dialog title="Delete this message?" onClose={onClose}>
      <blockquote class="excerpt" dir="auto">
        {plainText(line.text)}
      </blockquote>
      <p>It will be gone for everyone in this conversation, and can’t be brought back.</p>
      <div role="alert">{problem !== undefined && <p class="notice bad">{problem}</p>}</div>
      <div class="actions">
        <button type="button" class="button quiet" onClick={onClose}>
          Keep it
        </button>
        <button type="button" class="button danger" aria-disabled={busy} onClick={() => void remove()}>
          {busy ? 'Deleting…' : 'Delete for everyone'}
        </button>
      </div>
    </Dialog>
  )
}
