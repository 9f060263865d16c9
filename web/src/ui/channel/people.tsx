import { useState } from 'preact/hooks'
import { type Role, reaches, rolesToGive } from '../../../../sdk/src/mod.ts'
import type { App } from '../../app.ts'
import { explain } from '../../problems.ts'
import { say } from '../../toasts.ts'
import type { Conversation, Member } from '../../types.ts'
import { Avatar } from '../avatar.tsx'
import { More } from '../icons.tsx'
import { Menu, type MenuItem } from '../menu.tsx'
import { type Place, placeOf } from '../popover.tsx'
import { PresenceDot } from '../presence-dot.tsx'
import type { Question } from './confirm.tsx'
import { nounOf } from './words.ts'

/** From here on a list has a field to filter it by. */
const FILTER_FROM = 10
const made: Readonly<Record<Role, string>> = {
  reader: 'Make reader',
  member: 'Make member',
  admin: 'Make admin',
  owner: 'Make owner',
}

/** Who is in it, what they are there, and what one may do about each. */
export function People(props: {
  app: App
  chat: Conversation
  people: readonly Member[] | undefined
  /** Whether there are more than are shown. */
  partial: boolean
  onRole: (person: Member, role: Role) => void
  onGone: (person: Member) => void
  ask: (question: Question) => void
}) {
  const { app, chat, people } = props
  const [filter, setFilter] = useState('')
  const [open, setOpen] = useState<{ person: Member; at: Place }>()
  const wanted = filter.trim().toLowerCase()
  const shown = people?.filter(
    ({ displayName, name }) =>
      displayName.toLowerCase().includes(wanted) || name.toLowerCase().includes(wanted),
  )
  return (
    <>
      {(people?.length ?? 0) >= FILTER_FROM && (
        <input
          type="search"
          class="input"
          aria-label="Filter people"
          placeholder={props.partial ? 'Filter those shown' : 'Filter people'}
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
      )}
      <ul class="people" aria-label={`People in this ${nounOf(chat.kind)}`} aria-busy={people === undefined}>
        {shown?.map((person) => (
          <Person
            key={person.id}
            app={app}
            person={person}
            usable={itemsOf(person, props).length > 0}
            open={open?.person.id === person.id}
            onOpen={(at) => setOpen({ person, at })}
          />
        ))}
        {people === undefined && <li class="none">Loading…</li>}
      </ul>
      {open !== undefined && (
        <Menu
          label={open.person.displayName}
          at={open.at}
          items={itemsOf(open.person, props)}
          onClose={() => setOpen(undefined)}
        />
      )}
    </>
  )
}

function Person(props: {
  app: App
  person: Member
  usable: boolean
  open: boolean
  onOpen: (at: Place) => void
}) {
  const { app, person } = props
  const me = app.me.value?.id
  return (
    <li>
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
      {person.role !== undefined && person.role !== 'member' && <span class="tag role">{person.role}</span>}
      {props.usable && (
        <button
          type="button"
          class="icon-button small"
          aria-label={`What to do about ${person.displayName}`}
          title="More"
          aria-haspopup="menu"
          aria-expanded={props.open}
          onClick={(event) => props.onOpen(placeOf(event.currentTarget))}
        >
          <More />
        </button>
      )}
    </li>
  )
}

type Deeds = Pick<Parameters<typeof People>[0], 'app' | 'chat' | 'onRole' | 'onGone' | 'ask'>

/** What one may do about somebody: by one's rights, and never to those above. */
function itemsOf(person: Member, { app, chat, onRole, onGone, ask }: Deeds): MenuItem[] {
  const role = person.role ?? 'member'
  const name = person.displayName
  if (person.id === app.me.value?.id || !reaches(chat.role, role)) return []
  const give = async (to: Role) => {
    try {
      await app.admin.setRole(chat.id, person.id, to)
      onRole(person, to)
      say(`${name} is ${to === 'admin' ? 'an' : 'a'} ${to} now`)
    } catch (error) {
      say(explain(error, 'role'), { bad: true })
    }
  }
  const roles = chat.archived ? [] : rolesToGive(chat.role).filter((one) => one !== 'owner' && one !== role)
  const comesBack = chat.public
    ? 'They can come back by themselves, since anyone may join. To keep them out, ban them.'
    : 'They won’t get its messages any more. They can come back by a link, or when somebody adds them.'
  const items: (MenuItem | false)[] = [
    ...roles.toReversed().map((to) => ({ name: made[to], act: () => void give(to) })),
    chat.role === 'owner' &&
      role !== 'owner' && {
        name: 'Hand over ownership…',
        act: () =>
          ask({
            title: `Hand over to ${name}?`,
            words: `${name} will own this ${nounOf(chat.kind)}. You stay as an admin, and only they can give it back.`,
            action: 'Hand it over',
            busy: 'Handing it over…',
            doing: 'role',
            act: async () => {
              await app.admin.transfer(chat.id, person.id)
              say(`${name} owns it now`)
            },
          }),
      },
    chat.may.has('remove') && {
      name: 'Remove…',
      danger: true,
      act: () =>
        ask({
          title: `Remove ${name}?`,
          words: comesBack,
          action: 'Remove',
          busy: 'Removing…',
          doing: 'remove',
          act: async () => {
            await app.removeMember(chat.id, person)
            onGone(person)
            say(`${name} is removed`)
          },
        }),
    },
    chat.may.has('moderate') && {
      name: 'Ban…',
      danger: true,
      act: () =>
        ask({
          title: `Ban ${name}?`,
          words: 'They are removed, and can’t come back by any way until somebody lifts the ban.',
          action: 'Ban',
          busy: 'Banning…',
          doing: 'ban',
          act: async () => {
            await app.admin.ban(chat.id, person.id)
            onGone(person)
            say(`${name} is banned`)
          },
        }),
    },
  ]
  return items.filter((item) => item !== false)
}
