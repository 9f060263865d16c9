import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { OFFERED } from '../abilities.ts'
import type { App } from '../app.ts'
import { plainText } from '../markup.ts'
import { explain } from '../problems.ts'
import { say } from '../toasts.ts'
import type { Conversation, Line } from '../types.ts'
import { Close, Send } from './icons.tsx'
import { MentionList, useMentions } from './mention-list.tsx'
import { styleSelection } from './style-selection.ts'

const MAX_TEXT_BYTES = 16 * 1024
const bytes = new TextEncoder()
const touch = matchMedia('(pointer: coarse)')

type ComposerProps = {
  app: App
  chat: Conversation
  thread?: number
  /** The message that the next one quotes. */
  quoting?: Line | undefined
  /** The message of one's own that is being changed. */
  editing?: Line | undefined
  /** Of either: sent, or given up. */
  onDone?: () => void
  /** Asks to change one's last message. */
  onEditLast?: () => void
}

/** Where one writes. What isn't sent yet stays, a reload included. */
export function Composer({ app, chat, thread, quoting, editing, onDone, onEditLast }: ComposerProps) {
  /** What becomes of the message that is being changed. */
  const [edited, setEdited] = useState('')
  const text = editing === undefined ? app.drafts.of(chat.id, thread) : edited
  const [problem, setProblem] = useState<string>()
  const field = useRef<HTMLTextAreaElement>(null)
  const problemId = useId()
  const size = bytes.encode(text.trim()).length
  const about = editing ?? quoting
  const tooLong = size > MAX_TEXT_BYTES

  const write = (value: string) => {
    if (editing === undefined) app.drafts.write(chat.id, thread, value)
    else setEdited(value)
  }
  const mentions = useMentions({ app, chat, field, text, write })

  useEffect(() => {
    if (quoting !== undefined || editing !== undefined) field.current?.focus()
    setEdited(editing?.text ?? '')
    setProblem(undefined)
  }, [quoting, editing, chat.id, thread])

  const saveEdit = async (line: Line, body: string) => {
    onDone?.()
    app.typed(chat.id, false)
    if (body === line.text) return
    try {
      // Without an `@` it mentions nobody; with one, whom it means is known once the people are.
      const mentioned = mentions.of(body).mentions ?? (body.includes('@') ? undefined : [])
      await app.edit(chat.id, line, body, mentioned)
    } catch (error) {
      say(explain(error, 'save'), { bad: true })
    }
  }

  const send = () => {
    const body = text.trim()
    field.current?.focus()
    if (body === '' || tooLong) return
    if (editing !== undefined) return void saveEdit(editing, body)
    try {
      const quotes = quoting !== undefined && OFFERED.quote
      app.say(chat.id, quoting === undefined || quotes ? body : `${quoteOf(quoting)}\n${body}`, {
        ...(quotes ? { quote: quoting.seq } : {}),
        ...(thread === undefined ? {} : { replyTo: thread }),
        ...mentions.of(body),
      })
      write('')
      setProblem(undefined)
      onDone?.()
    } catch (error) {
      setProblem(explain(error, 'send'))
    }
  }

  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLTextAreaElement }) => {
    if (event.isComposing || mentions.onKeyDown(event)) return
    if (event.key === 'Escape' && (quoting ?? editing) !== undefined) {
      event.preventDefault()
      return onDone?.()
    }
    if (event.key === 'ArrowUp' && text === '' && onEditLast !== undefined) {
      event.preventDefault()
      return onEditLast()
    }
    const styled = styleSelection(event)
    if (styled !== undefined) {
      write(styled)
      return
    }
    // On a touch keyboard Return is the only way to a new line, and there is a button to send.
    if (event.key !== 'Enter' || event.shiftKey || touch.matches) return
    event.preventDefault()
    send()
  }

  return (
    <section class="composer" aria-label={thread === undefined ? 'Write a message' : 'Write a reply'}>
      <div role="alert" id={problemId}>
        {tooLong && (
          <p class="notice bad">
            This is {(size / 1024).toFixed(1)} KB long; a message holds at most 16 KB. Split it into several.
          </p>
        )}
        {problem !== undefined && <p class="notice bad">{problem}</p>}
      </div>
      {about !== undefined && (
        <div class="quoting">
          <div class="grow">
            <p class="by">
              {editing === undefined
                ? `Quoting ${about.mine ? 'yourself' : app.nameOf(about.from)}`
                : 'Changing your message'}
            </p>
            <p class="words" dir="auto">
              {plainText(about.text)}
            </p>
          </div>
          <button
            type="button"
            class="icon-button"
            aria-label={editing === undefined ? 'Don’t quote' : 'Don’t change it'}
            onClick={onDone}
          >
            <Close />
          </button>
        </div>
      )}
      <MentionList mentions={mentions} />
      <form
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        <textarea
          ref={field}
          id={thread === undefined ? 'compose' : 'compose-thread'}
          rows={1}
          dir="auto"
          value={text}
          placeholder={thread === undefined ? 'Write a message' : 'Reply…'}
          aria-label={thread === undefined ? `Message to ${chat.title}` : 'Reply in this thread'}
          aria-describedby={tooLong ? problemId : undefined}
          aria-invalid={tooLong}
          enterkeyhint={touch.matches ? 'enter' : 'send'}
          {...mentions.field}
          onInput={(event) => {
            write(event.currentTarget.value)
            app.typed(chat.id, event.currentTarget.value !== '')
          }}
          onKeyDown={onKeyDown}
        />
        <button type="submit" class="icon-button send" aria-label="Send" title="Send">
          <Send />
        </button>
      </form>
    </section>
  )
}

/** The first lines of a message as a quote. */
const quoteOf = (line: Line): string =>
  line.text
    .split('\n')
    .filter((part) => !part.startsWith('>') && part.trim() !== '')
    .slice(0, 4)
    .map((part) => `> ${part}`)
    .join('\n')
