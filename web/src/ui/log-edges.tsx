import type { Edge } from '../timeline.ts'
import type { Conversation } from '../types.ts'
import { Avatar } from './avatar.tsx'

export const LoadFailed = ({ what, onRetry }: { what: string; onRetry: () => void }) => (
  <>
    <span>{what} couldn’t be loaded.</span>
    <button type="button" class="link-button" onClick={onRetry}>
      Try again
    </button>
  </>
)

/** What stands above the oldest line that is held: its beginning, or a promise of more. */
export function LogTop(props: { edge: Edge; empty: boolean; chat: Conversation; onRetry: () => void }) {
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
  if (edge === 'failed') {
    return (
      <div class="edge">
        <LoadFailed what={empty ? 'Messages' : 'Earlier messages'} onRetry={props.onRetry} />
      </div>
    )
  }
  return empty ? (
    <Skeleton />
  ) : (
    <div class="edge">
      <span class="spinner" />
      <span class="sr-only">Loading earlier messages…</span>
    </div>
  )
}

/** Where messages will stand once they are here. */
const Skeleton = () => (
  <div class="skeleton">
    <span class="sr-only">Loading messages…</span>
    {[62, 38, 74, 50, 30].map((percent, index) => (
      <span key={percent} class={index % 2 === 0 ? 'bone' : 'bone mine'} style={{ width: `${percent}%` }} />
    ))}
  </div>
)
