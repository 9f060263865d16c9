import { useEffect, useState } from 'preact/hooks'
import { OFFERED } from '../abilities.ts'
import type { App } from '../app.ts'
import { plural } from '../format.ts'
import { explain } from '../problems.ts'
import { go } from '../route.ts'
import type { Conversation, Member } from '../types.ts'
import { Dialog } from './dialog.tsx'
import { MemberList } from './member-list.tsx'
import { PeopleField } from './people-field.tsx'
import { Block, Mute } from './quiet.tsx'

/** A group's people: who they are, adding more, and leaving. */
export function Details({ app, chat, onClose }: { app: App; chat: Conversation; onClose: () => void }) {
  const [people, setPeople] = useState<readonly Member[]>()
  const [problem, setProblem] = useState<string>()
  const [sure, setSure] = useState(false)

  useEffect(() => {
    app.members(chat.id).then(setPeople, (error: unknown) => setProblem(explain(error, 'load')))
  }, [app, chat.id, chat.members])

  const leave = async () => {
    try {
      await app.leave(chat.id)
      onClose()
      go('#/')
    } catch (error) {
      setProblem(explain(error, 'leave'))
    }
  }

  return (
    <Dialog title={chat.title} onClose={onClose}>
      <div role="alert">{problem !== undefined && <p class="notice bad">{problem}</p>}</div>
      {OFFERED.mine && <Mute app={app} chat={chat} />}
      <PeopleField
        app={app}
        label="Add someone"
        action="Add"
        exclude={people ?? []}
        onFound={async (person) => {
          await app.add(chat.id, person)
          setPeople([...(people ?? []), { ...person, role: 'member' }])
        }}
      />
      <div>
        <h3>{plural(chat.members, 'person', 'people')}</h3>
        <MemberList
          app={app}
          chat={chat}
          people={people}
          onRemoved={(person) => setPeople(people?.filter(({ id }) => id !== person.id))}
        />
      </div>
      {sure ? (
        <div>
          <p>You won’t get its messages any more, and someone has to add you to come back.</p>
          <div class="actions">
            <button type="button" class="button quiet" onClick={() => setSure(false)}>
              Stay
            </button>
            <button type="button" class="button danger" onClick={leave}>
              Leave the group
            </button>
          </div>
        </div>
      ) : (
        <div class="actions">
          <button type="button" class="button danger" onClick={() => setSure(true)}>
            Leave…
          </button>
        </div>
      )}
    </Dialog>
  )
}

/** What one can do about a direct conversation. */
export function DirectDetails({ app, chat, onClose }: { app: App; chat: Conversation; onClose: () => void }) {
  return (
    <Dialog title={chat.title} onClose={onClose}>
      <Mute app={app} chat={chat} />
      {chat.peer !== undefined && <Block app={app} user={chat.peer} />}
    </Dialog>
  )
}
