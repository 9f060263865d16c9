import type { App } from '../app.ts'
import { plural } from '../format.ts'
import type { Conversation } from '../types.ts'
import { Closed, isOpen } from './channel/closed.tsx'
import { Composer } from './composer.tsx'
import { MessageLog } from './message-log.tsx'
import type { MessageActions } from './message-tools.tsx'
import { SidePanel } from './side-panel.tsx'

/** A thread, beside the conversation that it belongs to; on a phone, instead of it. */
export function ThreadPanel(props: {
  app: App
  chat: Conversation
  thread: number
  actions: MessageActions
}) {
  const { app, chat, thread } = props
  const log = app.transcripts.threadLogOf(chat.id, thread)
  const held = log.lines.value.length
  const count = log.older.value === 'none' ? held : Math.max(held, log.root.value?.replies?.count ?? 0)

  return (
    <SidePanel
      key={thread}
      chat={chat.id}
      title="Thread"
      sub={plural(count, 'reply', 'replies')}
      focus="compose-thread"
    >
      <MessageLog key={thread} app={app} chat={chat} thread={thread} actions={props.actions} />
      {isOpen(chat) ? (
        <Composer key={`composer-${thread}`} app={app} chat={chat} thread={thread} />
      ) : (
        <Closed app={app} chat={chat} />
      )}
    </SidePanel>
  )
}
