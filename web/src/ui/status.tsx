import { useEffect, useId, useState } from 'preact/hooks'
import type { App } from '../app.ts'
import { dayName, timeOf } from '../format.ts'
import { explain } from '../problems.ts'
import { say } from '../toasts.ts'
import { EmojiPicker } from './emoji-picker.tsx'
import { Smile } from './icons.tsx'
import { type Place, placeOf } from './popover.tsx'

const MAX_CHARS = 140
const MINUTE_MS = 60_000
const SPANS = [
  ['Until I change it', undefined],
  ['For half an hour', 30 * MINUTE_MS],
  ['For an hour', 60 * MINUTE_MS],
  ['For four hours', 4 * 60 * MINUTE_MS],
  ['For a day', 24 * 60 * MINUTE_MS],
  ['For a week', 7 * 24 * 60 * MINUTE_MS],
] as const

/** What one is up to, in a few words, for those who see whether one is there. */
export function Status({ app }: { app: App }) {
  const status = app.status.value.value
  const [text, setText] = useState('')
  const [emoji, setEmoji] = useState('')
  const [span, setSpan] = useState(0)
  const [picking, setPicking] = useState<Place>()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const [textId, problemId] = [useId(), useId()]
  useEffect(() => {
    setText(status?.text ?? '')
    setEmoji(status?.emoji ?? '')
  }, [status])

  const save = async (words: string, sign: string) => {
    if (busy) return
    const [, spanMs] = SPANS[span] ?? SPANS[0]
    const until = spanMs === undefined ? null : new Date(Date.now() + spanMs).toISOString()
    const none = words === '' && sign === ''
    setBusy(true)
    setProblem(undefined)
    try {
      await app.status.set(none ? undefined : { text: words, emoji: sign === '' ? null : sign, until })
      say(none ? 'Your status is cleared' : 'Your status is set')
    } catch (error) {
      setProblem(explain(error, 'save'))
    } finally {
      setBusy(false)
    }
  }
  const until = status?.until === undefined || status.until === null ? undefined : new Date(status.until)
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void save(text.trim(), emoji)
      }}
    >
      <div class="field">
        <label for={textId}>What are you up to?</label>
        <div class="add-row">
          <button
            type="button"
            class="icon-button status-emoji"
            aria-label={emoji === '' ? 'Choose an emoji' : `Emoji: ${emoji}. Choose another`}
            aria-haspopup="dialog"
            onClick={(event) => setPicking(placeOf(event.currentTarget))}
          >
            {emoji === '' ? <Smile /> : emoji}
          </button>
          <input
            id={textId}
            class="input"
            dir="auto"
            value={text}
            maxLength={MAX_CHARS}
            placeholder="At lunch, on leave …"
            autocomplete="off"
            aria-describedby={problemId}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </div>
        {until !== undefined && (
          <p class="hint">
            Until {dayName(until).toLowerCase()}, {timeOf(until)}
          </p>
        )}
      </div>
      <div role="alert" id={problemId}>
        {problem !== undefined && <p class="notice bad">{problem}</p>}
      </div>
      <div class="actions">
        <select
          class="input status-span"
          aria-label="For how long"
          value={String(span)}
          onChange={(event) => setSpan(Number(event.currentTarget.value))}
        >
          {SPANS.map(([words], index) => (
            <option key={words} value={String(index)}>
              {words}
            </option>
          ))}
        </select>
        {status !== undefined && (
          <button type="button" class="button quiet" onClick={() => void save('', '')}>
            Clear
          </button>
        )}
        <button type="submit" class="button" aria-disabled={busy}>
          {busy ? 'Saving…' : 'Set status'}
        </button>
      </div>
      {picking !== undefined && (
        <EmojiPicker at={picking} onPick={setEmoji} onClose={() => setPicking(undefined)} />
      )}
    </form>
  )
}
