import { useId, useRef, useState } from 'preact/hooks'
import { announce } from '../announce.ts'
import type { App } from '../app.ts'
import { explain } from '../problems.ts'
import { go, hrefOf } from '../route.ts'
import type { Person } from '../types.ts'
import { Avatar } from './avatar.tsx'
import { Dialog } from './dialog.tsx'
import { Close } from './icons.tsx'
import { PeopleField } from './people-field.tsx'

const MAX_NAME_CHARS = 100

/** Starts a conversation: with one person at once, or with a group once its people are together. */
export function NewChat({ app, onClose }: { app: App; onClose: () => void }) {
  const [kind, setKind] = useState<'direct' | 'group'>('direct')
  const enter = (id: string) => {
    onClose()
    go(hrefOf(id))
  }
  const choice = (value: 'direct' | 'group', words: string) => (
    <label>
      <input type="radio" name="kind" checked={kind === value} onChange={() => setKind(value)} />
      <span>{words}</span>
    </label>
  )
  return (
    <Dialog title="New conversation" onClose={onClose}>
      <fieldset class="choice">
        <legend class="sr-only">With whom</legend>
        {choice('direct', 'One person')}
        {choice('group', 'A group')}
      </fieldset>
      {kind === 'direct' ? (
        <PeopleField
          key="direct"
          app={app}
          label="Whom do you want to write to?"
          action="Start"
          autofocus
          exclude={[]}
          onFound={async (person) => enter(await app.startDirect(person))}
        />
      ) : (
        <NewGroup key="group" app={app} onCreated={enter} />
      )}
    </Dialog>
  )
}

function NewGroup({ app, onCreated }: { app: App; onCreated: (id: string) => void }) {
  const [people, setPeople] = useState<readonly Person[]>([])
  const [name, setName] = useState('')
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const nameField = useRef<HTMLInputElement>(null)
  const nameId = useId()

  const create = async (event: Event) => {
    event.preventDefault()
    if (busy) return
    if (name.trim() === '') {
      setProblem('Give the group a name, so that everyone recognises it.')
      return nameField.current?.focus()
    }
    if (people.length === 0) return setProblem('Add at least one person above.')
    setBusy(true)
    try {
      onCreated(await app.startGroup(name.trim(), people))
    } catch (error) {
      setProblem(explain(error, 'create'))
    } finally {
      setBusy(false)
    }
  }

  const drop = (person: Person) => {
    setPeople(people.filter((one) => one.id !== person.id))
    announce(`${person.displayName} removed`)
    nameField.current?.focus()
  }

  return (
    <>
      <PeopleField
        app={app}
        label="Who is in it?"
        action="Add"
        exclude={people}
        onFound={(person) => {
          setPeople([...people, person])
          setProblem(undefined)
        }}
      />
      {people.length > 0 && (
        <ul class="people" aria-label="People in the new group">
          {people.map((person) => (
            <li key={person.id}>
              <Avatar id={person.id} name={person.displayName} small />
              <span class="grow" dir="auto">
                {person.displayName}
              </span>
              <button
                type="button"
                class="icon-button"
                aria-label={`Remove ${person.displayName}`}
                onClick={() => drop(person)}
              >
                <Close />
              </button>
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={create} noValidate>
        <div class="field">
          <label for={nameId}>What is it called?</label>
          <input
            ref={nameField}
            id={nameId}
            class="input"
            dir="auto"
            value={name}
            placeholder="Group name"
            autocomplete="off"
            maxLength={MAX_NAME_CHARS}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </div>
        <div role="alert">{problem !== undefined && <p class="notice bad">{problem}</p>}</div>
        <div class="actions">
          <button type="submit" class="button" aria-disabled={busy}>
            {busy ? 'Creating…' : 'Create group'}
          </button>
        </div>
      </form>
    </>
  )
}
