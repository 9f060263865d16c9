import { Component } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { fullTime, timeOf, tintOf } from '../format.ts'
import type { Row } from '../rows.ts'
import type { Line, Replies } from '../types.ts'
import { Avatar } from './avatar.tsx'
import { Formatted, type Mentioned } from './formatted.tsx'
import { Alert, Check, Checks, Clock } from './icons.tsx'
import { Edited, ForwardedLine, PinnedMark, QuotedLine, Reactions, RepliesLink } from './message-parts.tsx'
import { type MessageActions, MessageMenu, MessageTools } from './message-tools.tsx'
import { type Place, placeOf, pointOf } from './popover.tsx'
import { TimeLeft } from './time-left.tsx'

type LineRow = Extract<Row, { kind: 'line' }>

/** How long a finger has to rest on a message for its menu, in milliseconds. */
const LONG_PRESS_MS = 480

const marks = {
  sending: { icon: <Clock />, words: 'Sending' },
  sent: { icon: <Check />, words: 'Sent' },
  delivered: { icon: <Checks />, words: 'Delivered' },
  read: { icon: <Checks />, words: 'Read' },
  failed: { icon: <Alert />, words: 'Not sent' },
} as const
export type Tick = keyof typeof marks

export type MessageProps = {
  row: LineRow
  author: string
  showAuthor: boolean
  /** Messages in the conversation: a screen reader says which one of how many this is. */
  total: number
  /** Whether Tab stops here. */
  stop: boolean
  /** Whether one points at it. */
  pointed: boolean
  tick: Tick
  /** What it quotes, where that is held, and who said it. */
  quoted: { line: Line | undefined; author: string; href: string } | undefined
  replies: Replies | undefined
  unreadReplies: number
  /** Where it is held. */
  lastReplyAt: Date | undefined
  threadHref: string | undefined
  /** Who said it first, and where that was, if it is a place of one's own. */
  forwarded: { author: string; place: string; href: string | undefined } | undefined
  actions: MessageActions
  /** Whom the names in a line mean. */
  mentioned: (line: Line) => Mentioned
  onRetry: (key: string) => void
  onDiscard: (key: string) => void
}

const goneWords = ({ expiresAt }: Line) =>
  expiresAt === undefined || expiresAt.getTime() > Date.now()
    ? 'This message was deleted.'
    : 'This message has disappeared.'

function MessageItem(props: MessageProps) {
  const { row, author, showAuthor, total, stop, tick, actions } = props
  const { line, first, last } = row
  const [menuAt, setMenuAt] = useState<{ what: 'menu' | 'emoji'; at: Place }>()
  const press = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const names = [
    'message',
    line.mine && 'mine',
    first && 'first',
    last && 'last',
    line.state === 'failed' && 'failed',
  ]
  const mark = marks[tick]
  const usable = line.seq > 0 && line.gone !== true
  const release = () => clearTimeout(press.current)
  const { react } = actions
  return (
    <li
      class={names.filter(Boolean).join(' ')}
      tabIndex={stop ? 0 : -1}
      aria-posinset={line.seq > 0 ? line.seq : undefined}
      aria-setsize={line.seq > 0 ? Math.max(total, line.seq) : undefined}
      data-row={line.key}
      data-key={line.key}
      data-seq={line.seq}
      data-state={line.state}
      onContextMenu={(event) => {
        const onLink = event.target instanceof Element && event.target.closest('a') !== null
        if (!usable || onLink || getSelection()?.isCollapsed === false) return
        event.preventDefault()
        setMenuAt({ what: 'menu', at: pointOf(event) })
      }}
      onPointerDown={(event) => {
        if (event.pointerType !== 'touch' || !usable) return
        const at = pointOf(event)
        release()
        press.current = setTimeout(() => setMenuAt({ what: 'menu', at }), LONG_PRESS_MS)
      }}
      onPointerUp={release}
      onPointerCancel={release}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget || !usable) return
        if (event.key !== 'Enter' && event.key !== 'ContextMenu') return
        event.preventDefault()
        const bubble = event.currentTarget.querySelector('.bubble') ?? event.currentTarget
        setMenuAt({ what: 'menu', at: placeOf(bubble) })
      }}
    >
      {!line.mine && showAuthor && last && <Avatar id={line.from} name={author} small />}
      {!line.mine && showAuthor && first ? (
        <p class={`author tint-${tintOf(line.from)}`} dir="auto">
          {author}
        </p>
      ) : (
        <span class="sr-only">{line.mine ? 'You' : author}:</span>
      )}
      <div class="bubble" dir="auto">
        {props.forwarded !== undefined && <ForwardedLine {...props.forwarded} />}
        {props.quoted !== undefined && <QuotedLine {...props.quoted} />}
        {line.gone ? (
          <span class="text gone">{goneWords(line)}</span>
        ) : (
          <Formatted text={line.text} mentioned={props.mentioned(line)} />
        )}
        <span class="meta">
          {line.pinned === true && <PinnedMark />}
          {line.expiresAt !== undefined && line.gone !== true && <TimeLeft at={line.expiresAt} />}
          {line.edited && line.gone !== true && <Edited line={line} actions={actions} />}
          <time dir="ltr" dateTime={line.at.toISOString()} title={fullTime(line.at)}>
            {timeOf(line.at)}
          </time>
          {line.mine && (
            <span class={`tick ${tick}`} title={mark.words}>
              {mark.icon}
              <span class="sr-only">{mark.words}</span>
            </span>
          )}
        </span>
        {usable && (stop || props.pointed) && <MessageTools line={line} actions={actions} />}
      </div>
      {line.reactions !== undefined && (
        <Reactions
          reactions={line.reactions}
          onReact={react === undefined ? undefined : (emoji, on) => react(line, emoji, on)}
        />
      )}
      {props.replies !== undefined && props.threadHref !== undefined && (
        <RepliesLink
          replies={props.replies}
          unread={props.unreadReplies}
          lastAt={props.lastReplyAt}
          href={props.threadHref}
        />
      )}
      {line.state === 'failed' && (
        <p class="trouble">
          <span>{line.problem ?? 'This message was not sent.'}</span>
          <button type="button" class="link-button" onClick={() => props.onRetry(line.key)}>
            Try again
          </button>
          <button type="button" class="link-button" onClick={() => props.onDiscard(line.key)}>
            Discard
          </button>
        </p>
      )}
      {menuAt !== undefined && (
        <MessageMenu line={line} actions={actions} open={menuAt} onChange={setMenuAt} />
      )}
    </li>
  )
}

/** What decides how a message looks; a line is a new object whenever it changes. */
const seen = (props: MessageProps): unknown[] => [
  props.row.line,
  props.row.first,
  props.row.last,
  props.author,
  props.showAuthor,
  props.stop,
  props.pointed,
  props.tick,
  props.quoted?.line,
  props.quoted?.author,
  props.replies?.count,
  props.unreadReplies,
  props.lastReplyAt,
  props.forwarded?.author,
  props.forwarded?.place,
  props.actions,
]

/** An equal row needs no work. */
export class Message extends Component<MessageProps> {
  override shouldComponentUpdate(next: MessageProps): boolean {
    const after = seen(next)
    return seen(this.props).some((value, index) => value !== after[index])
  }

  override render() {
    return <MessageItem {...this.props} />
  }
}
