import { useId, useRef, useState } from 'preact/hooks'
import type { App } from '../app.ts'
import { keep, recall } from '../keep.ts'
import { explain } from '../problems.ts'
import type { Conversation } from '../types.ts'
import { Send } from './icons.tsx'

const MAX_TEXT_BYTES = 16 * 1024
const bytes = new TextEncoder()
const touch = matchMedia('(pointer: coarse)')

const draftKey = (id: string) => `draft.${id}`

/** Where one writes. What isn't sent yet stays, a reload included. */
export function Composer({ app, chat }: { app: App; chat: Conversation }) {
  const [text, setText] = useState(() => recall(draftKey(chat.id)) ?? '')
  const [problem, setProblem] = useState<string>()
  const field = useRef<HTMLTextAreaElement>(null)
  const problemId = useId()
  const size = bytes.encode(text.trim()).length
  const tooLong = size > MAX_TEXT_BYTES

  const write = (value: string) => {
    setText(value)
    keep(draftKey(chat.id), value === '' ? undefined : value)
  }

  const send = () => {
    const body = text.trim()
    field.current?.focus()
    if (body === '' || tooLong) return
    try {
      app.transcripts.send(chat.id, body)
      write('')
      setProblem(undefined)
    } catch (error) {
      setProblem(explain(error, 'send'))
    }
  }

  const onKeyDown = (event: KeyboardEvent) => {
    // On a touch keyboard Return is the only way to a new line, and there is a button to send.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || touch.matches) return
    event.preventDefault()
    send()
  }

  return (
    <section class="composer" aria-label="Write a message">
      <div role="alert" id={problemId}>
        {tooLong && (
          <p class="notice bad">
            This is {(size / 1024).toFixed(1)} KB long; a message holds at most 16 KB. Split it into several.
          </p>
        )}
        {problem !== undefined && <p class="notice bad">{problem}</p>}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        <textarea
          ref={field}
          id="compose"
          rows={1}
          dir="auto"
          value={text}
          placeholder="Write a message"
          aria-label={`Message to ${chat.title}`}
          aria-describedby={tooLong ? problemId : undefined}
          aria-invalid={tooLong}
          enterkeyhint={touch.matches ? 'enter' : 'send'}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button type="submit" class="icon-button send" aria-label="Send" title="Send">
          <Send />
        </button>
      </form>
    </section>
  )
}
