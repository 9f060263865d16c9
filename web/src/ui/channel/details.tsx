import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { OFFERED } from '../../abilities.ts'
import type { App } from '../../app.ts'
import { plural } from '../../format.ts'
import { go } from '../../route.ts'
import { say } from '../../toasts.ts'
import type { Conversation, Member } from '../../types.ts'
import { Dialog } from '../dialog.tsx'
import { PeopleField } from '../people-field.tsx'
import { Mute } from '../quiet.tsx'
import { About } from './about.tsx'
import { Bans } from './bans.tsx'
import { Card } from './card.tsx'
import { Confirm, type Question } from './confirm.tsx'
import { Invites } from './invites.tsx'
import { ArchivedNotice, type Part, Parts } from './overview.tsx'
import { People } from './people.tsx'
import { RightsTable } from './rights.tsx'
import { usePages } from './use-pages.ts'
import { kindOf, nounOf } from './words.ts'

const titles: Readonly<Record<Part, string>> = {
  about: 'Name, topic and picture',
  rights: 'What each role may do',
  links: 'Invite links',
  bans: 'Banned people',
}

/** A group or channel: what it is, its people, who may do what in it, and leaving. */
export function Details({ app, chat, onClose }: { app: App; chat: Conversation; onClose: () => void }) {
  const [part, setPart] = useState<Part | Question>()
  const { id } = chat
  // Whatever changed there may have changed who is in it and as what.
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again with every change
  const load = useCallback((cursor?: string) => app.admin.members(id, cursor), [app, id, chat.rev])
  const people = usePages<Member>(load)
  const before = useRef<Part | Question | undefined>(undefined)
  const inside = useRef<HTMLDivElement>(null)

  // Where one was is gone: the focus goes to the part that opened, and back to the row that led there.
  useEffect(() => {
    const from = before.current
    before.current = part
    if (from === part) return
    const row = typeof from === 'string' ? `[data-part=${from}]` : '[data-part]'
    const dialog = inside.current?.closest('dialog')
    // A part begins at its top, however far down what led there was.
    if (part !== undefined && dialog) dialog.scrollTop = 0
    const back = part === undefined ? dialog?.querySelector<HTMLElement>(row) : undefined
    const heading = dialog?.querySelector<HTMLElement>('h2')
    if (heading) heading.tabIndex = -1
    ;(back ?? heading)?.focus()
  }, [part])

  const back = () => setPart(undefined)
  const asking = typeof part === 'object' ? part : undefined
  const title = asking?.title ?? (typeof part === 'string' ? titles[part] : chat.title)
  return (
    <Dialog title={title} onBack={part === undefined ? undefined : back} onClose={onClose}>
      <div class="part" ref={inside}>
        {asking !== undefined && (
          <Confirm
            question={{ ...asking, act: () => asking.act().then(back) }}
            onBack={back}
            key={asking.title}
          />
        )}
        {part === 'about' && <About app={app} chat={chat} onDone={back} />}
        {part === 'rights' && <RightsTable app={app} chat={chat} />}
        {part === 'links' && <Invites app={app} chat={chat} />}
        {part === 'bans' && <Bans app={app} chat={chat} />}
        {part === undefined && (
          <Overview app={app} chat={chat} people={people} onOpen={setPart} onClose={onClose} />
        )}
      </div>
    </Dialog>
  )
}

function Overview(props: {
  app: App
  chat: Conversation
  people: ReturnType<typeof usePages<Member>>
  onOpen: (part: Part | Question) => void
  onClose: () => void
}) {
  const { app, chat, people, onOpen, onClose } = props
  const noun = nounOf(chat.kind)
  const owns = chat.role === 'owner' && chat.members > 1
  const leave: Question = {
    title: `Leave ${chat.title}?`,
    words: [
      'You won’t get its messages any more.',
      chat.public
        ? 'Anyone may join, so you can come back by yourself.'
        : 'To come back you need a link, or somebody who adds you.',
      ...(owns ? ['You own it: the admin who has been here longest, or else the member, owns it then.'] : []),
    ].join(' '),
    action: `Leave the ${noun}`,
    busy: 'Leaving…',
    doing: 'leave',
    act: async () => {
      await app.leave(chat.id)
      onClose()
      go('#/')
    },
  }
  const archive: Question = {
    title: `Archive ${chat.title}?`,
    words: 'Everyone in it can read it, and nobody writes in it or joins. You can bring it back at any time.',
    action: 'Archive it',
    busy: 'Archiving…',
    doing: 'settings',
    act: async () => {
      await app.admin.update(chat.id, { archived: true })
      say('It is archived')
    },
  }
  return (
    <>
      <Card channel={chat} title={chat.title} kind={kindOf(chat)} />
      {chat.archived && <ArchivedNotice app={app} chat={chat} />}
      <Parts app={app} chat={chat} onOpen={onOpen} />
      {OFFERED.mine && <Mute app={app} chat={chat} />}
      {chat.may.has('add') && !chat.archived && (
        <PeopleField
          app={app}
          label="Add someone"
          action="Add"
          exclude={people.items ?? []}
          onFound={async (person) => {
            await app.add(chat.id, person)
            // The answer may have been overtaken by the event, and the list been loaded anew.
            people.set((all) =>
              all.some(({ id }) => id === person.id) ? all : [...all, { ...person, role: 'member' }],
            )
          }}
        />
      )}
      <section>
        <h3>{plural(chat.members, 'person', 'people')}</h3>
        <div role="alert">{people.problem !== undefined && <p class="notice bad">{people.problem}</p>}</div>
        <People
          app={app}
          chat={chat}
          people={people.items}
          partial={people.more !== undefined}
          onRole={({ id }, role) =>
            people.set((all) => all.map((one) => (one.id === id ? { ...one, role } : one)))
          }
          onGone={({ id }) => people.set((all) => all.filter((one) => one.id !== id))}
          ask={onOpen}
        />
        {people.more !== undefined && (
          <button type="button" class="button quiet small" aria-disabled={people.busy} onClick={people.more}>
            {people.busy ? 'Loading…' : 'Show more'}
          </button>
        )}
      </section>
      <div class="actions">
        {chat.may.has('settings') && !chat.archived && (
          <button type="button" class="button quiet" onClick={() => onOpen(archive)}>
            Archive…
          </button>
        )}
        <button type="button" class="button danger" onClick={() => onOpen(leave)}>
          Leave…
        </button>
      </div>
    </>
  )
}
