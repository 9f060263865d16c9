import { useEffect, useState } from 'preact/hooks'
import type { ChannelPreview } from '../../../sdk/src/mod.ts'
import type { App } from '../app.ts'
import { plural } from '../format.ts'
import { explain } from '../problems.ts'
import { go, hrefOf } from '../route.ts'
import { say } from '../toasts.ts'
import type { Person } from '../types.ts'
import { Avatar } from './avatar.tsx'
import { PublicChannel, titleOf } from './channel/preview.tsx'

/** Typing goes on for so long before anyone is asked, in milliseconds. */
const PAUSE_MS = 250

type Found = { query: string; people: readonly Person[]; channels: readonly ChannelPreview[] }

/** Conversations of one's own by title, people by name, and public conversations by words of theirs. */
export function SearchResults(props: { app: App; query: string; onDone: () => void }) {
  const { app, onDone } = props
  const query = props.query.trim().replace(/^@/u, '').toLowerCase()
  const [found, setFound] = useState<Found>()
  const [chosen, setChosen] = useState<ChannelPreview>()
  const chats = app.conversations.value.filter(({ title }) => title.toLowerCase().includes(query))
  const people = (found?.people ?? []).filter(({ id }) => !chats.some((chat) => chat.peer === id))
  const channels = (found?.channels ?? []).filter(({ id }) => !chats.some((chat) => chat.id === id))
  const looking = found?.query !== query

  useEffect(() => {
    let current = true
    const timer = setTimeout(() => {
      Promise.all([app.search(query), app.admin.findPublic(query)]).then(
        ([people, channels]) => current && setFound({ query, people, channels }),
        (error: unknown) => {
          if (!current) return
          setFound({ query, people: [], channels: [] })
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
      {channels.length > 0 && (
        <>
          <h3>Anyone may join</h3>
          <ul>
            {channels.map((channel) => (
              <li key={channel.id}>
                <button type="button" class="pick" onClick={() => setChosen(channel)}>
                  <Avatar id={channel.id} name={titleOf(channel)} group small />
                  <span class="grow" dir="auto">
                    {titleOf(channel)}{' '}
                    <span class="handle">{plural(channel.members, 'person', 'people')}</span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {chosen !== undefined && (
        <PublicChannel app={app} channel={chosen} onJoined={onDone} onClose={() => setChosen(undefined)} />
      )}
      <p role="status">
        {looking
          ? 'Looking…'
          : chats.length + people.length + channels.length === 0
            ? 'Nobody and nothing is called that. People are found by their user name.'
            : ''}
      </p>
    </div>
  )
}
