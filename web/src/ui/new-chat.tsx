import { useId, useRef, useState } from 'preact/hooks'
import { announce } from '../announce.ts'
import type { App } from '../app.ts'
import { explain } from '../problems.ts'
import { go, hrefOf } from '../route.ts'
import type { Person } from '../types.ts'
import { Avatar } from './avatar.tsx'
import { PublicSwitch } from './channel/about.tsx'
import { nounOf } from './channel/words.ts'
import { Dialog } from './dialog.tsx'
import { Close } from './icons.tsx'
import { PeopleField } from './people-field.tsx'

const MAX_NAME_CHARS = 100

type Kind = 'direct' | 'group' | 'broadcast'

/** Starts a conversation: with one person at once, with a group or a channel once it has its name and people. */
export function NewChat({ app, onClose }: { app: App; onClose: () => void }) {
  const [kind, setKind] = useState<Kind>('direct')
  const enter = (id: string) => {
    onClose()
    go(hrefOf(id))
  }
  const choice = (value: Kind, words: string) => (
    <label>
      <input type="radio" name="kind" checked={kind === value} onChange={() => setKind(value)} />
      <span>{words}</span>
    </label>
  )
  return (
    <Dialog title="New conversation" onClose={onClose}>
      <fieldset class="choice three">
        <legend class="sr-only">With whom</legend>
        {choice('direct', 'One person')}
        {choice('group', 'A group')}
        {choice('broadcast', 'A broadcast')}
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
        <NewGroup key={kind} app={app} kind={kind} onCreated={enter} />
      )}
    </Dialog>
  )
}

function NewGroup(props: { app: App; kind: 'group' | 'broadcast'; onCreated: (id: string) => void }) {
  const { app, kind, onCreated } = props
  const noun = nounOf(kind)
  const [isPublic, setPublic] = useState(false)
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
      setProblem(`Give the ${noun} a name, so that everyone recognises it.`)
      return nameField.current?.focus()
    }
    setBusy(true)
    try {
      onCreated(await app.startGroup(kind, name.trim(), people, isPublic))
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
      {kind === 'broadcast' && (
        <p class="hint">For many readers: only admins write, until you say otherwise.</p>
      )}
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
        <ul class="people" aria-label={`People in the new ${noun}`}>
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
            placeholder={kind === 'group' ? 'Group name' : 'Channel name'}
            autocomplete="off"
            maxLength={MAX_NAME_CHARS}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </div>
        <PublicSwitch kind={kind} on={isPublic} onChange={setPublic} />
        <div role="alert">{problem !== undefined && <p class="notice bad">{problem}</p>}</div>
        <div class="actions">
          <button type="submit" class="button" aria-disabled={busy}>
            {busy ? 'Creating…' : `Create ${noun}`}
          </button>
        </div>
      </form>
    </>
  )
}
