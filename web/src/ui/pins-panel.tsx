import type { App } from '../app.ts'
import type { Pinned } from '../beside.ts'
import { dayName, plural, timeOf } from '../format.ts'
import { plainText } from '../markup.ts'
import { messageHref } from '../route.ts'
import type { Conversation } from '../types.ts'
import { Avatar } from './avatar.tsx'
import type { MessageActions } from './message-tools.tsx'
import { LoadedList, SidePanel } from './side-panel.tsx'
import { useLoaded } from './use-loaded.ts'

/** All that is pinned in a conversation, the newest pin first; each leads to where it was said. */
export function PinsPanel(props: { app: App; chat: Conversation; actions: MessageActions }) {
  const { app, chat, actions } = props
  const pins = useLoaded(() => app.beside.pins(chat.id), [app, chat.id, app.beside.changes.value])
  const card = ({ line, by, at }: Pinned) => {
    const author = line.mine ? 'You' : app.nameOf(line.from)
    return (
      <li key={line.key} class="kept">
        <a href={messageHref(chat.id, line.seq)}>
          <span class="row">
            <Avatar id={line.from} name={app.nameOf(line.from)} small />
            <span class="title" dir="auto">
              {author}
            </span>
            <time dateTime={line.at.toISOString()}>
              {dayName(line.at)}, {timeOf(line.at)}
            </time>
          </span>
          <span class="words" dir="auto">
            {plainText(line.text)}
          </span>
        </a>
        <div class="row">
          <span class="hint grow">
            Pinned by {by === app.me.value?.id ? 'you' : app.nameOf(by)}, {dayName(at).toLowerCase()}
          </span>
          {actions.pin !== undefined && (
            <button
              type="button"
              class="link-button"
              aria-label={`Unpin the message of ${author}`}
              onClick={(event) => {
                // The button goes away with its card: the focus stays in the panel.
                event.currentTarget.closest('aside')?.querySelector('h2')?.focus()
                actions.pin?.(line, false)
              }}
            >
              Unpin
            </button>
          )}
        </div>
      </li>
    )
  }
  return (
    <SidePanel
      chat={chat.id}
      title="Pinned messages"
      sub={pins.value === undefined ? '' : plural(pins.value.length, 'message')}
    >
      <LoadedList
        label="Pinned messages"
        loaded={pins}
        none="Nothing is pinned here. What people should find again can be pinned in its menu."
      >
        {card}
      </LoadedList>
    </SidePanel>
  )
}
