import { plural, timeOf } from '../format.ts'
import { plainText } from '../markup.ts'
import type { Line, Reaction, Replies } from '../types.ts'
import { Forward, Pin, Reply } from './icons.tsx'
import { type MessageActions, maySeeVersions } from './message-tools.tsx'

/** Who reacted how; a click joins in or takes one's own back. */
export function Reactions(props: {
  reactions: readonly Reaction[]
  onReact?: ((emoji: string, on: boolean) => void) | undefined
}) {
  const { reactions, onReact } = props
  if (reactions.length === 0) return null
  return (
    <div class="reactions" role="group" aria-label="Reactions">
      {reactions.map(({ emoji, count, mine }) => (
        <button
          key={emoji}
          type="button"
          class="chip"
          aria-pressed={mine}
          aria-label={`${emoji} ${plural(count, 'person', 'people')}${mine ? ', you too' : ''}`}
          disabled={onReact === undefined}
          onClick={() => onReact?.(emoji, !mine)}
        >
          <span>{emoji}</span>
          <span>{count}</span>
        </button>
      ))}
    </div>
  )
}

/** The way into the thread that a message began. */
export const RepliesLink = (props: {
  replies: Replies
  unread: number
  lastAt: Date | undefined
  href: string
}) => (
  <a class="replies" href={props.href}>
    <Reply /> {plural(props.replies.count, 'reply', 'replies')}
    {props.unread > 0 && <span class="badge">{props.unread} new</span>}
    {props.lastAt !== undefined && <span class="when">last at {timeOf(props.lastAt)}</span>}
  </a>
)

/** What a message quotes, above its own words. */
export const QuotedLine = ({
  line,
  author,
  href,
}: {
  line: Line | undefined
  author: string
  href: string
}) => (
  <a class="quoted" href={href}>
    <span class="by">{line === undefined ? 'An earlier message' : author}</span>
    <span class="words" dir="auto">
      {line === undefined
        ? 'Go to it'
        : line.gone === true
          ? 'This message was deleted.'
          : plainText(line.text)}
    </span>
  </a>
)

/** Who said it first, elsewhere. */
export const ForwardedLine = (props: { author: string; place: string; href: string | undefined }) => (
  <p class="forwarded">
    <Forward /> Forwarded from{' '}
    {props.href === undefined ? (
      <bdi>{props.author}</bdi>
    ) : (
      <a href={props.href}>
        <bdi>{props.author}</bdi> in <bdi>{props.place}</bdi>
      </a>
    )}
  </p>
)

/** That it was changed; for those who may, the way to what it said before. */
export const Edited = ({ line, actions }: { line: Line; actions: MessageActions }) =>
  maySeeVersions(line, actions) ? (
    <button type="button" class="edited" onClick={() => actions.versions?.(line)}>
      edited
    </button>
  ) : (
    <span>edited</span>
  )

export const PinnedMark = () => (
  <span class="pinned" title="Pinned">
    <Pin />
    <span class="sr-only">Pinned</span>
  </span>
)
