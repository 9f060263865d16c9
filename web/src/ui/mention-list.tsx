import type { RefObject } from 'preact'
import { useEffect, useId, useState } from 'preact/hooks'
import type { App } from '../app.ts'
import { plural } from '../format.ts'
import type { Conversation, Person } from '../types.ts'
import { Avatar } from './avatar.tsx'
import { Megaphone } from './icons.tsx'

/** Offered at a time. */
const SHOWN = 6
const beginning = /(?:^|[\s(])@([\p{L}\p{N}._-]{0,63})$/u
const mention = /@([\p{L}\p{N}][\p{L}\p{N}._-]{0,63})/gu

export type Mentions = ReturnType<typeof useMentions>

/** What may follow an `@`: somebody, or everyone. */
type Offer = { name: string; words: string; person?: Person }

const everyone = (members: number): readonly Offer[] => [
  { name: 'channel', words: `Everyone here, ${plural(members, 'person', 'people')}` },
  { name: 'here', words: 'Everyone who is online now' },
]

/** Offers the people of the conversation after an `@`, and knows whom a text mentions. */
export function useMentions(props: {
  app: App
  chat: Conversation
  field: RefObject<HTMLTextAreaElement | null>
  text: string
  write: (text: string) => void
}) {
  const { app, chat, field, text } = props
  const listId = useId()
  const [people, setPeople] = useState<readonly Person[]>([])
  const [typed, setTyped] = useState<string>()
  const [at, setAt] = useState(0)

  // In a conversation of two there is nobody else to tell.
  const mayAll = chat.kind !== 'direct' && chat.may.has('mention_all')
  const wanted = text.includes('@')
  useEffect(() => {
    if (!wanted) return
    app.members(chat.id).then(setPeople, console.warn)
  }, [app, chat.id, chat.members, wanted])

  // Where the caret stands is known once the text is in the field.
  useEffect(() => {
    const element = field.current
    const before = element === null ? '' : element.value.slice(0, element.selectionStart)
    setTyped(beginning.exec(before)?.[1]?.toLowerCase())
    setAt(0)
  }, [text, field])

  const found = typed === undefined ? [] : offersFor(typed)

  function offersFor(typed: string): readonly Offer[] {
    const fitting = people
      .filter(({ id, name, displayName }) => {
        const fits = name.toLowerCase().startsWith(typed) || displayName.toLowerCase().startsWith(typed)
        return fits && name !== '' && id !== app.me.value?.id
      })
      .map((person): Offer => ({ name: person.name, words: person.displayName, person }))
    const all = mayAll ? everyone(chat.members).filter(({ name }) => name.startsWith(typed)) : []
    return [...fitting.slice(0, SHOWN - all.length), ...all]
  }

  const choose = (offer: Offer) => {
    const element = field.current
    if (element === null) return
    const end = element.selectionStart
    const start = element.value.lastIndexOf('@', end - 1)
    element.setRangeText(`@${offer.name} `, start, end, 'end')
    props.write(element.value)
    setTyped(undefined)
    element.focus()
  }

  /** True if the key was for the list. */
  const onKeyDown = (event: KeyboardEvent): boolean => {
    const offer = found[at]
    if (offer === undefined) return false
    if (event.key === 'ArrowDown') setAt((at + 1) % found.length)
    else if (event.key === 'ArrowUp') setAt((at + found.length - 1) % found.length)
    else if (event.key === 'Enter' || event.key === 'Tab') choose(offer)
    else if (event.key === 'Escape') setTyped(undefined)
    else return false
    event.preventDefault()
    return true
  }

  /** Whom a text mentions, as the send wants it. */
  const of = (body: string): { mentions?: string[]; mentionAll?: 'channel' | 'here' } => {
    const names = new Set(Array.from(body.matchAll(mention), (match) => (match[1] ?? '').toLowerCase()))
    const named = (name: string) =>
      names.has(name) || [...names].some((one) => one.replace(/[._-]+$/u, '') === name)
    const ids = people.filter(({ name }) => name !== '' && named(name.toLowerCase())).map(({ id }) => id)
    const all = named('channel') ? 'channel' : named('here') ? 'here' : undefined
    return {
      ...(ids.length === 0 ? {} : { mentions: ids }),
      ...(all === undefined || !mayAll ? {} : { mentionAll: all }),
    }
  }

  const optionId = (index: number) => `${listId}-${index}`
  const open = found.length > 0
  return {
    found,
    at,
    choose,
    onKeyDown,
    of,
    listId,
    optionId,
    field: {
      'aria-autocomplete': 'list' as const,
      'aria-controls': open ? listId : undefined,
      'aria-activedescendant': open ? optionId(at) : undefined,
    },
  }
}

export function MentionList({ mentions }: { mentions: Mentions }) {
  if (mentions.found.length === 0) return null
  return (
    <ul class="mentions" role="listbox" id={mentions.listId} aria-label="People to mention">
      {mentions.found.map((offer, index) => (
        <li
          key={offer.name}
          id={mentions.optionId(index)}
          role="option"
          aria-selected={index === mentions.at}
          onPointerDown={(event) => {
            event.preventDefault()
            mentions.choose(offer)
          }}
        >
          {offer.person === undefined ? (
            <span class="avatar small everyone" aria-hidden="true">
              <Megaphone />
            </span>
          ) : (
            <Avatar id={offer.person.id} name={offer.words} small />
          )}
          <span dir="auto">{offer.words}</span>
          <span class="handle">@{offer.name}</span>
        </li>
      ))}
    </ul>
  )
}
