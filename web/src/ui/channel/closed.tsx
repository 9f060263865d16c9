import type { App } from '../../app.ts'
import type { Conversation } from '../../types.ts'
import { ArchivedNotice } from './overview.tsx'

/** Whether one writes there at all. */
export const isOpen = (chat: Conversation): boolean => chat.may.has('send') && !chat.archived

/** In the place of where one writes: why one can't. */
export function Closed({ app, chat }: { app: App; chat: Conversation }) {
  const who = chat.least.send === 'member' ? 'members' : chat.least.send === 'admin' ? 'admins' : 'its owner'
  return (
    <section class="composer closed" aria-label="Why you can’t write here">
      {chat.archived ? (
        <ArchivedNotice app={app} chat={chat} />
      ) : (
        <p>
          {chat.role === 'reader' ? 'You’re a reader here: ' : 'You read along here: '}
          {who} write{who === 'its owner' ? 's' : ''}
          {chat.may.has('react') ? ', and you can react.' : '.'}
        </p>
      )}
    </section>
  )
}
