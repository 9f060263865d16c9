import { plural } from '../../format.ts'
import type { Conversation } from '../../types.ts'
import { spanWords } from './words.ts'

/** Under the title: how many are there, and what it is about just now. */
export function TitleLine({ chat }: { chat: Conversation }) {
  const facts = [
    plural(chat.members, 'person', 'people'),
    ...(chat.archived ? ['archived'] : []),
    ...(chat.disappearAfterS === null ? [] : [`messages disappear after ${spanWords(chat.disappearAfterS)}`]),
  ]
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
