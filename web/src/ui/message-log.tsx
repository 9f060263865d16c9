import { useComputed } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { App } from '../app.ts'
import { dayName, plural } from '../format.ts'
import { messageHref, threadHref } from '../route.ts'
import { isLine, type Row, toRows } from '../rows.ts'
import type { Log } from '../timeline.ts'
import type { Conversation } from '../types.ts'
import { Down } from './icons.tsx'
import { LoadFailed, LogTop } from './log-edges.tsx'
import { Message } from './message.tsx'
import type { MessageActions } from './message-tools.tsx'
import { useAnchor } from './use-anchor.ts'
import { useReading } from './use-reading.ts'
import { useRowKeys } from './use-row-keys.ts'
import { type Part, useWindow } from './use-window.ts'

type LogProps = {
  app: App
  chat: Conversation
  /** The thread to show instead of the conversation, by the seq that it began with. */
  thread?: number
  /** A message to go to. */
  target?: number | undefined
  onReached?: () => void
  actions: MessageActions
}

/** What was said, in a piece that grows at both ends as one scrolls; only what is near the screen is in the document. */
export function MessageLog({ app, chat, thread, target, onReached, actions }: LogProps) {
  const { transcripts } = app
  const timeline = transcripts.timelineOf(chat.id)
  const talk = transcripts.talkOf(chat.id)
  const held: Log = thread === undefined ? timeline : transcripts.threadLogOf(chat.id, thread)
  const shown = useComputed(() =>
    thread === undefined ? talk.main.value : transcripts.linesOfThread(chat.id, thread),
  )
  const lines = shown.value
  const older = held.older.value
  const newer = held.newer.value
  const [freshInThread] = useState(() =>
    thread === undefined ? undefined : app.threads.freshAfter(chat.id, thread),
  )
  const rows = useComputed(() =>
    toRows(shown.value, thread === undefined ? transcripts.freshAfter.value : freshInThread),
  ).value
  const log = useRef<HTMLElement>(null)
  const inner = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const [pointed, setPointed] = useState<string>()
  const group = chat.kind !== 'direct'
  const view = useWindow(rows, log, list, isLine)
  const anchor = useAnchor(log, inner, view.look)
  const keys = useRowKeys(rows, list, view.bring)
  const { atBottom } = anchor
  const reading = useReading({ app, chat, thread, atBottom, newer })

  anchor.capture()
  useLayoutEffect(() => {
    anchor.restore()
    if (keys.settle()) anchor.onScroll()
    view.look()
  })

  const follow = () => {
    const element = log.current
    if (element === null) return
    if (element.scrollTop < 2 * element.clientHeight && held.older.value === 'more') void held.loadOlder()
    const below = element.scrollHeight - element.clientHeight - element.scrollTop
    if (below < 2 * element.clientHeight && held.newer.value === 'more') void held.loadNewer()
  }
  useEffect(follow, [older, newer, lines.length])

  // What one writes oneself is always shown.
  const lastMine = lines.findLast((line) => line.mine && line.seq === 0)?.key
  useLayoutEffect(() => {
    if (lastMine !== undefined) toEnd()
  }, [lastMine])

  const toEnd = () => {
    anchor.toBottom()
    if (newer !== 'none') void held.latest().then(anchor.toBottom)
  }

  // Once what is around it has come.
  const targetKey = target === undefined ? undefined : lines.find((line) => line.seq === target)?.key
  useEffect(() => {
    if (targetKey === undefined) return
    anchor.leaveBottom()
    keys.goTo({ key: targetKey, block: 'center', flash: true })
    onReached?.()
  }, [targetKey])

  const row = (part: Part<Row>) => {
    if ('gap' in part)
      return <li key={part.key} class="gap" aria-hidden="true" style={{ height: `${part.gap}px` }} />
    const { row } = part
    if (row.kind === 'day')
      return (
        <li class="day" key={row.key} data-row={row.key}>
          <h3>{dayName(row.at)}</h3>
        </li>
      )
    if (row.kind === 'fresh')
      return (
        <li class="fresh" key={row.key} data-row={row.key}>
          New messages
        </li>
      )
    const { line } = row
    const quoted = line.quote === undefined ? undefined : talk.bySeq.value.get(line.quote)
    return (
      <Message
        key={row.key}
        row={row}
        author={line.mine ? 'You' : app.nameOf(line.from)}
        showAuthor={group || thread !== undefined}
        total={chat.head}
        stop={row.key === keys.stop}
        pointed={row.key === pointed}
        tick={app.tickOf(chat.id, line)}
        quoted={
          line.quote === undefined
            ? undefined
            : {
                line: quoted,
                author: quoted === undefined ? '' : quoted.mine ? 'You' : app.nameOf(quoted.from),
                href: messageHref(chat.id, line.quote),
              }
        }
        replies={thread === undefined ? line.replies : undefined}
        unreadReplies={app.threads.of(chat.id, line.seq)?.unread ?? 0}
        lastReplyAt={line.replies && talk.bySeq.value.get(line.replies.last)?.at}
        threadHref={thread === undefined ? threadHref(chat.id, line.seq) : undefined}
        forwarded={line.forwarded && app.originOf(line.forwarded)}
        actions={actions}
        mentioned={app.mentioned}
        onRetry={(key) => transcripts.retry(key)}
        onDiscard={(key) => transcripts.discard(key)}
      />
    )
  }
  const title = thread === undefined ? `Messages with ${chat.title}` : 'Messages of the thread'
  return (
    <div class="log-wrap">
      <section
        ref={log}
        class="log"
        aria-label={title}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
        tabIndex={0}
        onScroll={() => {
          anchor.onScroll()
          view.look()
          follow()
        }}
      >
        <div class={group || thread !== undefined ? 'log-inner in-group' : 'log-inner'} ref={inner}>
          {(thread === undefined || older !== 'none') && (
            <LogTop
              edge={older}
              empty={lines.length === 0}
              chat={chat}
              onRetry={() => void held.loadOlder()}
            />
          )}
          <ol
            class="messages"
            ref={list}
            onKeyDown={keys.onKeyDown}
            onFocusIn={keys.onFocusIn}
            onPointerOver={(event) => {
              if (event.pointerType === 'touch' || !(event.target instanceof Element)) return
              setPointed(event.target.closest<HTMLElement>('[data-key]')?.dataset.key)
            }}
            onPointerLeave={() => setPointed(undefined)}
          >
            {view.parts.map(row)}
          </ol>
          {(newer === 'loading' || newer === 'failed') && (
            <div class="edge">
              {newer === 'loading' ? (
                <span class="spinner" />
              ) : (
                <LoadFailed what="Newer messages" onRetry={() => void held.loadNewer()} />
              )}
            </div>
          )}
        </div>
      </section>
      {(!atBottom || newer === 'more') && lines.length > 0 && (
        <button type="button" class="button jump" onClick={toEnd}>
          <Down /> {reading.unseen > 0 ? plural(reading.unseen, 'new message') : 'To the newest'}
        </button>
      )}
    </div>
  )
}
