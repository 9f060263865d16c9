import { useEffect, useState } from 'preact/hooks'
import type { App } from '../app.ts'
import { plural } from '../format.ts'
import { explain } from '../problems.ts'
import { go } from '../route.ts'
import type { Conversation, Person } from '../types.ts'
import { Avatar } from './avatar.tsx'
import { Dialog } from './dialog.tsx'
import { PeopleField } from './people-field.tsx'

/** A group's people: who they are, adding more, and leaving. */
export function Details({ app, chat, onClose }: { app: App; chat: Conversation; onClose: () => void }) {
  const [people, setPeople] = useState<readonly Person[]>()
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
      <PeopleField
        app={app}
        label="Add someone"
        action="Add"
        exclude={people ?? []}
        onFound={async (person) => {
          await app.add(chat.id, person)
          setPeople([...(people ?? []), person])
        }}
      />
      <div>
        <h3>{plural(chat.members, 'person', 'people')}</h3>
        <ul class="people" aria-label="People in this group">
          {people?.map((person) => (
            <li key={person.id}>
              <Avatar id={person.id} name={person.displayName} small />
              <span class="grow" dir="auto">
                {person.displayName}
              </span>
              {person.id === app.me.value?.id && <span class="tag">you</span>}
            </li>
          ))}
        </ul>
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
