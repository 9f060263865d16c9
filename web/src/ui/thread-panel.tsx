import { useEffect, useRef } from 'preact/hooks'
import type { App } from '../app.ts'
import { plural } from '../format.ts'
import { go, hrefOf } from '../route.ts'
import type { Conversation } from '../types.ts'
import { Closed, isOpen } from './channel/closed.tsx'
import { Composer } from './composer.tsx'
import { Close } from './icons.tsx'
import { MessageLog } from './message-log.tsx'
import type { MessageActions } from './message-tools.tsx'

/** A thread, beside the conversation that it belongs to; on a phone, instead of it. */
export function ThreadPanel(props: {
  app: App
  chat: Conversation
  thread: number
  actions: MessageActions
}) {
  const { app, chat, thread } = props
  const count = app.transcripts.talkOf(chat.id).replies.value.get(thread)?.count ?? 0
  const heading = useRef<HTMLHeadingElement>(null)

  useEffect(() => {
    const field = matchMedia('(pointer: fine)').matches && document.getElementById('compose-thread')
    ;(field || heading.current)?.focus()
    void app.transcripts.timelineOf(chat.id).around(thread).catch(console.warn)
  }, [app, chat.id, thread])

  return (
    <aside
      class="thread"
      aria-label="Thread"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) go(hrefOf(chat.id))
      }}
    >
      <header class="bar">
        <div class="grow">
          <h2 tabIndex={-1} ref={heading}>
            Thread
          </h2>
          <p class="sub">{plural(count, 'reply', 'replies')}</p>
        </div>
        <a class="icon-button" href={hrefOf(chat.id)} aria-label="Close the thread" title="Close the thread">
          <Close />
        </a>
      </header>
      <MessageLog key={thread} app={app} chat={chat} thread={thread} actions={props.actions} />
      {isOpen(chat) ? (
        <Composer key={`composer-${thread}`} app={app} chat={chat} thread={thread} />
      ) : (
        <Closed app={app} chat={chat} />
      )}
    </aside>
  )
}
