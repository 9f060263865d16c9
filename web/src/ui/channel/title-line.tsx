import { plural } from '../../format.ts'
import type { Conversation } from '../../types.ts'
import { spanWords } from './words.ts'

/** Under the title of a group: how many are there, and what it is about just now; of every conversation how long messages stay. */
export function TitleLine({ chat }: { chat: Conversation }) {
  const facts = [
    ...(chat.kind === 'direct' ? [] : [plural(chat.members, 'person', 'people')]),
    ...(chat.archived ? ['archived'] : []),
    ...(chat.disappearAfterS === null ? [] : [`messages disappear after ${spanWords(chat.disappearAfterS)}`]),
  ]
  if (facts.length === 0) return null
  return (
    <p class="sub" title={chat.topic ?? undefined}>
      {facts.join(' · ')}
      {chat.topic !== null && (
        <>
          {' · '}
          <bdi>{chat.topic}</bdi>
        </>
      )}
    </p>
  )
}
