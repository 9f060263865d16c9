import { useState } from 'preact/hooks'
import type { App } from '../app.ts'
import { explain } from '../problems.ts'
import { say } from '../toasts.ts'
import type { Conversation, Member } from '../types.ts'
import { Avatar } from './avatar.tsx'
import { Close } from './icons.tsx'
import { PresenceDot } from './presence-dot.tsx'

/** From here on a list has a field to filter it by. */
const FILTER_FROM = 10

/** Who is in a group, what they are there, and removing them, for those who may. */
export function MemberList(props: {
  app: App
  chat: Conversation
  people: readonly Member[] | undefined
  onRemoved: (person: Member) => void
}) {
  const { app, chat, people, onRemoved } = props
  const [filter, setFilter] = useState('')
  const [sure, setSure] = useState<string>()
  const me = app.me.value?.id
  const mayRemove = chat.role === 'owner' || chat.role === 'admin'
  const wanted = filter.trim().toLowerCase()
  const shown = people?.filter(
    ({ displayName, name }) =>
      displayName.toLowerCase().includes(wanted) || name.toLowerCase().includes(wanted),
  )

  const remove = async (person: Member) => {
    try {
      await app.removeMember(chat.id, person)
      onRemoved(person)
      say(`${person.displayName} is removed`)
    } catch (error) {
      say(explain(error, 'remove'), { bad: true })
    }
    setSure(undefined)
  }

  return (
    <>
      {(people?.length ?? 0) >= FILTER_FROM && (
        <input
          type="search"
          class="input"
          aria-label="Filter people"
          placeholder="Filter people"
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      )}
      <ul class="people" aria-label="People in this group" aria-busy={people === undefined}>
        {shown?.map((person) => (
          <li key={person.id}>
            <span class="face">
              <Avatar id={person.id} name={person.displayName} small />
              {person.id !== me && <PresenceDot app={app} user={person.id} />}
            </span>
            <span class="grow" dir="auto">
              {person.displayName}
              {person.name !== '' && person.name !== person.displayName && (
                <span class="handle"> @{person.name}</span>
              )}
            </span>
            {person.id === me && <span class="tag">you</span>}
            {person.role !== undefined && person.role !== 'member' && (
              <span class="tag role">{person.role}</span>
            )}
            {mayRemove && person.id !== me && person.role !== 'owner' && sure !== person.id && (
              <button
                type="button"
                class="icon-button small"
                aria-label={`Remove ${person.displayName}…`}
                title="Remove…"
                onClick={() => setSure(person.id)}
              >
                <Close />
              </button>
            )}
            {sure === person.id && (
              <button type="button" class="button danger small" autofocus onClick={() => void remove(person)}>
                Remove
              </button>
            )}
          </li>
        ))}
        {people === undefined && <li class="none">Loading…</li>}
      </ul>
    </>
  )
}
