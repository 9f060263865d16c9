import { useState } from 'preact/hooks'
import { OFFERED } from '../abilities.ts'
import type { App } from '../app.ts'
import { plainText } from '../markup.ts'
import { explain } from '../problems.ts'
import { say } from '../toasts.ts'
import type { Line } from '../types.ts'
import { Avatar } from './avatar.tsx'
import { isOpen } from './channel/closed.tsx'
import { Dialog } from './dialog.tsx'
import { Forward as ForwardIcon } from './icons.tsx'

/** Chooses where a message goes on to. */
export function ForwardDialog(props: { app: App; chat: string; line: Line; onClose: () => void }) {
  const { app, line, onClose } = props
  const [filter, setFilter] = useState('')
  const [problem, setProblem] = useState<string>()
  const wanted = filter.trim().toLowerCase()
  const chats = app.conversations.value.filter(
    (chat) => isOpen(chat) && chat.title.toLowerCase().includes(wanted),
  )
  const forward = (id: string, title: string) => {
    try {
      app.say(id, line.text, OFFERED.forward ? { forward: { channel: props.chat, seq: line.seq } } : {})
      say(`Forwarded to ${title}`)
      onClose()
    } catch (error) {
      setProblem(explain(error, 'send'))
    }
  }
  return (
    <Dialog title="Forward message" onClose={onClose}>
      <blockquote class="excerpt" dir="auto">
        {plainText(line.text)}
      </blockquote>
      <div role="alert">{problem !== undefined && <p class="notice bad">{problem}</p>}</div>
      <div class="field">
        <label for="forward-filter">To which conversation?</label>
        <input
          id="forward-filter"
          class="input"
          autofocus
          value={filter}
          placeholder="Search your conversations"
          autocomplete="off"
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      </div>
      <ul class="people" aria-label="Conversations">
        {chats.map((chat) => (
          <li key={chat.id}>
            <button type="button" class="pick" onClick={() => forward(chat.id, chat.title)}>
              <Avatar id={chat.peer ?? chat.id} name={chat.title} group={chat.kind !== 'direct'} small />
              <span class="grow" dir="auto">
                {chat.title}
              </span>
              <ForwardIcon />
            </button>
          </li>
        ))}
        {chats.length === 0 && <li class="none">No conversation is called that.</li>}
      </ul>
    </Dialog>
  )
}
