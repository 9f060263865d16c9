import { Component } from 'preact'
import { fullTime, timeOf, tintOf } from '../format.ts'
import type { Row } from '../rows.ts'
import type { Line } from '../types.ts'
import { Avatar } from './avatar.tsx'
import { Formatted, type Mentioned } from './formatted.tsx'
import { Alert, Check, Clock } from './icons.tsx'

type LineRow = Extract<Row, { kind: 'line' }>

const marks = {
  sending: { icon: <Clock />, words: 'Sending' },
  sent: { icon: <Check />, words: 'Sent' },
  failed: { icon: <Alert />, words: 'Not sent' },
} as const

export type MessageProps = {
  row: LineRow
  author: string
  showAuthor: boolean
  /** Messages in the conversation: a screen reader says which one of how many this is. */
  total: number
  /** Whether Tab stops here. */
  stop: boolean
  /** Whom the names in a line mean. */
  mentioned: (line: Line) => Mentioned
  onRetry: (key: string) => void
  onDiscard: (key: string) => void
}

function MessageItem({ row, author, showAuthor, total, stop, mentioned, onRetry, onDiscard }: MessageProps) {
  const { line, first, last } = row
  const names = [
    'message',
    line.mine && 'mine',
    first && 'first',
    last && 'last',
    line.state === 'failed' && 'failed',
  ]
  const mark = marks[line.state]
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
        {line.gone ? (
          <span class="text gone">This message was deleted.</span>
        ) : (
          <Formatted text={line.text} mentioned={mentioned(line)} />
        )}
        <span class="meta">
          {line.edited && <span>edited</span>}
          <time dir="ltr" dateTime={line.at.toISOString()} title={fullTime(line.at)}>
            {timeOf(line.at)}
          </time>
          {line.mine && (
            <span title={mark.words}>
              {mark.icon}
              <span class="sr-only">{mark.words}</span>
            </span>
          )}
        </span>
      </div>
      {line.state === 'failed' && (
        <p class="trouble">
          <span>{line.problem ?? 'This message was not sent.'}</span>
          <button type="button" class="link-button" onClick={() => onRetry(line.key)}>
            Try again
          </button>
          <button type="button" class="link-button" onClick={() => onDiscard(line.key)}>
            Discard
          </button>
        </p>
      )}
    </li>
  )
}

/** A line is a new object whenever it changes, so an equal row needs no work. */
export class Message extends Component<MessageProps> {
  override shouldComponentUpdate(next: MessageProps): boolean {
    const { row, author, showAuthor, stop } = this.props
    return (
      row.line !== next.row.line ||
      row.first !== next.row.first ||
      row.last !== next.row.last ||
      author !== next.author ||
      showAuthor !== next.showAuthor ||
      stop !== next.stop
    )
  }

  override render() {
    return <MessageItem {...this.props} />
  }
}
