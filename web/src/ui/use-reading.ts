import { useEffect, useState } from 'preact/hooks'
import type { App } from '../app.ts'
import type { Edge } from '../timeline.ts'
import type { Conversation } from '../types.ts'

/** What stands at the end of the screen has been read; how much came since one left it. */
export function useReading(props: {
  app: App
  chat: Conversation
  thread: number | undefined
  atBottom: boolean
  newer: Edge
}): { unseen: number } {
  const { app, chat, thread, atBottom, newer } = props
  const { transcripts } = app
  const [seen, setSeen] = useState(chat.head)
  const timeline = transcripts.timelineOf(chat.id)
  const newest = timeline.lines.value.at(-1)?.seq ?? 0
  const newestReply =
    thread === undefined ? 0 : (transcripts.threadLogOf(chat.id, thread).lines.value.at(-1)?.seq ?? 0)
  const watching = app.watching.value
  useEffect(() => {
    if (!atBottom || newer !== 'none') return
    if (thread !== undefined) {
      if (watching && newestReply > thread) app.threads.markRead(chat.id, thread, newestReply)
      return
    }
    setSeen(newest)
    timeline.trimOldest()
    if (watching) transcripts.markRead(chat.id, newest)
  }, [atBottom, newer, newest, watching, transcripts, chat.id, timeline, thread, newestReply, app.threads])

  const later = transcripts.talkOf(chat.id).main.value.filter((line) => line.seq > seen && !line.mine)
  // What isn't held yet counts too: as far as one knows, none of it stands in a thread.
  const beyond = Math.max(0, chat.head - Math.max(newest, seen))
  return { unseen: thread === undefined ? later.length + beyond : 0 }
}
