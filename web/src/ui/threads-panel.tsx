import { useState } from 'preact/hooks'
import type { Thread } from '../../../sdk/src/mod.ts'
import type { App } from '../app.ts'
import { plural } from '../format.ts'
import { explain } from '../problems.ts'
import { say } from '../toasts.ts'
import type { Conversation } from '../types.ts'
import { LoadedList, SidePanel } from './side-panel.tsx'
import { ThreadCard } from './thread-card.tsx'
import { useLoaded } from './use-loaded.ts'

type Pages = { items: readonly Thread[]; next: string | null }

/** The threads of a conversation, the one with the newest reply first. */
export function ThreadsPanel({ app, chat }: { app: App; chat: Conversation }) {
  const [more, setMore] = useState<Pages>()
  const first = useLoaded(async () => {
    const page = await app.threads.page(chat.id, undefined)
    setMore(undefined)
    return page
  }, [app, chat.id, app.threads.begun.value])
  const items = [...(first.value?.items ?? []), ...(more?.items ?? [])].map(
    (thread) => app.threads.of(thread.channel, thread.thread) ?? thread,
  )
  const unread = items.filter((thread) => thread.unread > 0).length
  const next = more === undefined ? first.value?.next : more.next
  const loadMore = async () => {
    if (next === null || next === undefined) return
    try {
      const page = await app.threads.page(chat.id, next)
      setMore({ items: [...(more?.items ?? []), ...page.items], next: page.next })
    } catch (error) {
      say(explain(error, 'load'), { bad: true })
    }
  }
  return (
    <SidePanel
      chat={chat.id}
      title="Threads"
      sub={unread > 0 ? plural(unread, 'with news', 'with news') : ''}
    >
      <LoadedList
        label="Threads"
        loaded={{ ...first, value: first.value && items }}
        none="No threads here yet. Reply to a message in a thread to begin one."
      >
        {(thread) => <ThreadCard key={thread.thread} app={app} thread={thread} />}
      </LoadedList>
      {next !== null && next !== undefined && (
        <button type="button" class="button quiet small more" onClick={() => void loadMore()}>
          Show more
        </button>
      )}
    </SidePanel>
  )
}
