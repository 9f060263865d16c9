import { useEffect, useRef } from 'preact/hooks'
import type { App } from '../app.ts'
import { plural } from '../format.ts'
import { THREADS_HREF } from '../route.ts'
import { Back, Threads as ThreadsIcon } from './icons.tsx'
import { ThreadCard } from './thread-card.tsx'

/** Above the conversations: that replies are unread in threads that one follows. */
export function UnreadThreadsLink({ app, open }: { app: App; open: boolean }) {
  const count = app.unreadThreads.value.length
  if (count === 0 && !open) return null
  return (
    <a class="threads-link" href={THREADS_HREF} aria-current={open ? 'page' : undefined}>
      <ThreadsIcon />
      <span class="grow">Unread threads</span>
      {count > 0 && (
        <span class="badge">
          <span aria-hidden="true">{count}</span>
          <span class="sr-only">{plural(count, 'thread')}</span>
        </span>
      )}
    </a>
  )
}

/** The unread threads of all conversations, in place of one. */
export function UnreadThreads({ app }: { app: App }) {
  const heading = useRef<HTMLHeadingElement>(null)
  const threads = app.unreadThreads.value
  const titles = new Map(app.conversations.value.map(({ id, title }) => [id, title]))
  useEffect(() => heading.current?.focus(), [])
  return (
    <div class="talk">
      <header class="bar">
        <a class="icon-button back" href="#/" aria-label="Back to conversations">
          <Back />
        </a>
        <div class="grow">
          <h2 tabIndex={-1} ref={heading}>
            Unread threads
          </h2>
          <p class="sub">That you began, wrote in, or are mentioned in</p>
        </div>
      </header>
      {threads.length > 0 ? (
        <ul class="kept-list wide" aria-label="Unread threads">
          {threads.map((thread) => (
            <ThreadCard
              key={`${thread.channel}/${thread.thread}`}
              app={app}
              thread={thread}
              place={titles.get(thread.channel) ?? ''}
            />
          ))}
        </ul>
      ) : (
        <p class="nothing" role="status">
          {app.threads.asked.value ? 'You have read everything.' : 'Loading…'}
        </p>
      )}
    </div>
  )
}
