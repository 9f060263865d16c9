import { useComputed } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { App } from '../app.ts'
import { dayName, plural } from '../format.ts'
import { isLine, type Row, toRows } from '../rows.ts'
import type { Conversation } from '../types.ts'
import { Down } from './icons.tsx'
import { LoadFailed, LogTop } from './log-edges.tsx'
import { Message } from './message.tsx'
import { useAnchor } from './use-anchor.ts'
import { useRowKeys } from './use-row-keys.ts'
import { type Part, useWindow } from './use-window.ts'

/** What was said, in a piece that grows at both ends as one scrolls; only what is near the screen is in the document. */
export function MessageLog({ app, chat }: { app: App; chat: Conversation }) {
  const { transcripts } = app
  const timeline = transcripts.timelineOf(chat.id)
  const lines = transcripts.linesOf(chat.id).value
  const older = timeline.older.value
  const newer = timeline.newer.value
  const rows = useComputed(() =>
    toRows(transcripts.linesOf(chat.id).value, transcripts.freshAfter.value),
  ).value
  const log = useRef<HTMLElement>(null)
  const inner = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const [seen, setSeen] = useState(chat.head)
  const group = chat.kind !== 'direct'
  const view = useWindow(rows, log, list, isLine)
  const anchor = useAnchor(log, inner, view.look)
  const keys = useRowKeys(rows, list, view.bring)
  const { atBottom } = anchor

  anchor.capture()
  useLayoutEffect(() => {
    anchor.restore()
    if (keys.settle()) anchor.onScroll()
    view.look()
  })

  const follow = () => {
    const element = log.current
    if (element === null) return
    if (element.scrollTop < 2 * element.clientHeight && timeline.older.value === 'more')
      void timeline.loadOlder()
    const below = element.scrollHeight - element.clientHeight - element.scrollTop
    if (below < 2 * element.clientHeight && timeline.newer.value === 'more') void timeline.loadNewer()
  }
  useEffect(follow, [older, newer, lines.length])

  // What stands at the end of the screen has been read.
  const newest = timeline.lines.value.at(-1)?.seq ?? 0
  const watching = app.watching.value
  useEffect(() => {
    if (!atBottom || newer !== 'none') return
    setSeen(newest)
    timeline.trimOldest()
    if (watching) transcripts.markRead(chat.id, newest)
  }, [atBottom, newer, newest, watching, transcripts, chat.id, timeline])

  // What one writes oneself is always shown.
  const lastMine = lines.findLast((line) => line.mine && line.seq === 0)?.key
  useLayoutEffect(() => {
    if (lastMine !== undefined) toEnd()
  }, [lastMine])

  const toEnd = () => {
    anchor.toBottom()
    if (newer !== 'none') void timeline.latest().then(anchor.toBottom)
  }
  const unseen = Math.max(0, Math.max(chat.head, newest) - seen)
  const row = (part: Part<Row>) => {
    if ('gap' in part)
      return <li key={part.key} class="gap" aria-hidden="true" style={{ height: `${part.gap}px` }} />
    const { row } = part
    switch (row.kind) {
      case 'day':
        return (
          <li class="day" key={row.key} data-row={row.key}>
            <h3>{dayName(row.at)}</h3>
          </li>
        )
      case 'fresh':
        return (
          <li class="fresh" key={row.key} data-row={row.key}>
            New messages
          </li>
        )
      case 'line':
        return (
          <Message
            key={row.key}
            row={row}
            author={row.line.mine ? 'You' : app.nameOf(row.line.from)}
            showAuthor={group}
            total={chat.head}
            stop={row.key === keys.stop}
            mentioned={app.mentioned}
            onRetry={(key) => transcripts.retry(key)}
            onDiscard={(key) => transcripts.discard(key)}
          />
        )
    }
  }
  return (
    <div class="log-wrap">
      <section
        ref={log}
        class="log"
        aria-label={`Messages with ${chat.title}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
        tabIndex={0}
        onScroll={() => {
          anchor.onScroll()
          view.look()
          follow()
        }}
      >
        <div class={group ? 'log-inner in-group' : 'log-inner'} ref={inner}>
          <LogTop
            edge={older}
            empty={lines.length === 0}
            chat={chat}
            onRetry={() => void timeline.loadOlder()}
          />
          <ol class="messages" ref={list} onKeyDown={keys.onKeyDown} onFocusIn={keys.onFocusIn}>
            {view.parts.map(row)}
          </ol>
          {(newer === 'loading' || newer === 'failed') && (
            <div class="edge">
              {newer === 'loading' ? (
                <span class="spinner" />
              ) : (
                <LoadFailed what="Newer messages" onRetry={() => void timeline.loadNewer()} />
              )}
            </div>
          )}
        </div>
      </section>
      {(!atBottom || newer === 'more') && lines.length > 0 && (
        <button type="button" class="button jump" onClick={toEnd}>
          <Down /> {unseen > 0 ? plural(unseen, 'new message') : 'To the newest'}
        </button>
      )}
    </div>
  )
}
