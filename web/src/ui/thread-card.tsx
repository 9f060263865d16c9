import type { Thread } from '../../../sdk/src/mod.ts'
import type { App } from '../app.ts'
import { briefTime, plural } from '../format.ts'
import { lineOfMessage } from '../lines.ts'
import { plainText } from '../markup.ts'
import { threadHref } from '../route.ts'
import { Avatar } from './avatar.tsx'

/** A thread in a list: what it began with, how much was answered, and what of that is new. */
export function ThreadCard(props: {
  app: App
  thread: Thread
  /** The conversation that it stands in, where that isn't clear. */
  place?: string
}) {
  const { app, thread, place } = props
  const me = app.me.value?.id
  const root = lineOfMessage(thread.root, me)
  const last = thread.last.from === me ? 'you' : app.nameOf(thread.last.from)
  return (
    <li class="kept">
      <a href={threadHref(thread.channel, thread.thread)}>
        <span class="row">
          <Avatar id={root.from} name={app.nameOf(root.from)} small />
          <span class="title" dir="auto">
            {root.mine ? 'You' : app.nameOf(root.from)}
            {place !== undefined && <span class="place"> in {place}</span>}
          </span>
          {thread.unread > 0 && (
            <span class="badge">
              {thread.unread}
              <span class="sr-only"> unread</span>
            </span>
          )}
        </span>
        <span class="words" dir="auto">
          {root.gone === true ? 'This message was deleted.' : plainText(root.text)}
        </span>
        <span class="hint">
          {plural(thread.replies, 'reply', 'replies')}, the last by <bdi>{last}</bdi>,{' '}
          {briefTime(new Date(thread.last.at))}
        </span>
      </a>
    </li>
  )
}
