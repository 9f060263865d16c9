import { useComputed } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { App } from '../app.ts'
import { dayName, plural } from '../format.ts'
import { toRows } from '../rows.ts'
import type { Edge } from '../timeline.ts'
import type { Conversation } from '../types.ts'
import { Avatar } from './avatar.tsx'
import { Down } from './icons.tsx'
import { Message } from './message.tsx'
import { useAnchor } from './use-anchor.ts'

/** What was said, in a piece that grows at both ends as one scrolls. */
export function MessageLog({ app, chat }: { app: App; chat: Conversation }) {
  const { transcripts } = app
  const timeline = transcripts.timelineOf(chat.id)
  const lines = transcripts.linesOf(chat.id).value
  const older = timeline.older.value
  const newer = timeline.newer.value
  const freshAfter = transcripts.freshAfter.value
  const rows = useComputed(() =>
    toRows(transcripts.linesOf(chat.id).value, transcripts.freshAfter.value),
  ).value
  const log = useRef<HTMLElement>(null)
  const inner = useRef<HTMLDivElement>(null)
  const [seen, setSeen] = useState(chat.head)
  const group = chat.kind !== 'direct'
  const anchor = useAnchor(log, inner)
  const { atBottom } = anchor

  anchor.capture()
  useLayoutEffect(() => anchor.restore())

  const follow = () => {
    const element = log.current
    if (element === null) return
    if (element.scrollTop < element.clientHeight && timeline.older.value === 'more') void timeline.loadOlder()
    const below = element.scrollHeight - element.clientHeight - element.scrollTop
    if (below < element.clientHeight && timeline.newer.value === 'more') void timeline.loadNewer()
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
          follow()
        }}
      >
        <div class={group ? 'log-inner in-group' : 'log-inner'} ref={inner}>
          <Top
            edge={older}
            empty={lines.length === 0}
            chat={chat}
            onRetry={() => void timeline.loadOlder()}
          />
          <ol class="messages">
            {rows.map((row) => {
              switch (row.kind) {
                case 'day':
                  return (
                    <li class="day" key={row.key}>
                      <h3>{dayName(row.at)}</h3>
                    </li>
                  )
                case 'fresh':
                  return (
                    <li class="fresh" key={row.key} data-after={freshAfter}>
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
                      onRetry={(key) => transcripts.retry(key)}
                      onDiscard={(key) => transcripts.discard(key)}
                    />
                  )
              }
            })}
          </ol>
          {(newer === 'loading' || newer === 'failed') && (
            <div class="edge">
              {newer === 'loading' ? (
                <span class="spinner" />
              ) : (
                <Failed what="Newer messages" onRetry={() => void timeline.loadNewer()} />
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

const Failed = ({ what, onRetry }: { what: string; onRetry: () => void }) => (
  <>
    <span>{what} couldn’t be loaded.</span>
    <button type="button" class="link-button" onClick={onRetry}>
      Try again
    </button>
  </>
)

/** What stands above the oldest line that is held: its beginning, or a promise of more. */
function Top(props: { edge: Edge; empty: boolean; chat: Conversation; onRetry: () => void }) {
  const { edge, empty, chat } = props
  if (edge === 'none') {
    return (
      <div class="start">
        <Avatar id={chat.peer ?? chat.id} name={chat.title} group={chat.kind !== 'direct'} />
        <h3 dir="auto">{chat.title}</h3>
        <p>
          {empty
            ? chat.kind === 'direct'
              ? 'Nothing has been said yet. Say hello!'
              : 'Nobody has said anything yet. Begin!'
            : 'This is where the conversation begins.'}
        </p>
      </div>
    )
  }
  return (
    <div class="edge">
      {edge === 'failed' ? (
        <Failed what={empty ? 'Messages' : 'Earlier messages'} onRetry={props.onRetry} />
      ) : (
        <>
          <span class="spinner" />
          <span class="sr-only">Loading earlier messages…</span>
        </>
      )}
    </div>
  )
}
