import { useEffect, useState } from 'preact/hooks'
import type { App } from '../app.ts'
import { explain } from '../problems.ts'
import { go, hrefOf } from '../route.ts'
import { say } from '../toasts.ts'
import type { Person } from '../types.ts'
import { Avatar } from './avatar.tsx'

/** Typing goes on for so long before anyone is asked, in milliseconds. */
const PAUSE_MS = 250

type Found = { query: string; people: readonly Person[] }

/** Conversations of one's own by title, and people by name. */
export function SearchResults(props: { app: App; query: string; onDone: () => void }) {
  const { app, onDone } = props
  const query = props.query.trim().replace(/^@/u, '').toLowerCase()
  const [found, setFound] = useState<Found>()
  const chats = app.conversations.value.filter(({ title }) => title.toLowerCase().includes(query))
  const people = (found?.people ?? []).filter(({ id }) => !chats.some((chat) => chat.peer === id))
  const looking = found?.query !== query

  useEffect(() => {
    let current = true
    const timer = setTimeout(() => {
      app.search(query).then(
        (people) => current && setFound({ query, people }),
        (error: unknown) => {
          if (!current) return
          setFound({ query, people: [] })
          say(explain(error, 'find', query), { bad: true })
        },
      )
    }, PAUSE_MS)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [app, query])

  const write = async (person: Person) => {
    try {
      go(hrefOf(await app.startDirect(person)))
      onDone()
    } catch (error) {
      say(explain(error, 'create'), { bad: true })
    }
  }

  return (
    <div class="chats results" aria-busy={looking}>
      {chats.length > 0 && (
        <>
          <h3>Conversations</h3>
          <ul>
            {chats.map((chat) => (
              <li key={chat.id}>
                <a class="pick" href={hrefOf(chat.id)} onClick={onDone}>
                  <Avatar id={chat.peer ?? chat.id} name={chat.title} group={chat.kind !== 'direct'} small />
                  <span class="grow" dir="auto">
                    {chat.title}
                  </span>
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
      {people.length > 0 && (
        <>
          <h3>People</h3>
          <ul>
            {people.map((person) => (
              <li key={person.id}>
                <button type="button" class="pick" onClick={() => void write(person)}>
                  <Avatar id={person.id} name={person.displayName} small />
                  <span class="grow" dir="auto">
                    {person.displayName} <span class="handle">@{person.name}</span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <p role="status">
        {looking
          ? 'Looking…'
          : chats.length + people.length === 0
            ? 'Nobody and nothing is called that. People are found by their user name.'
            : ''}
      </p>
    </div>
  )
}
