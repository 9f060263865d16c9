import { useId, useRef, useState } from 'preact/hooks'
import type { App } from '../../app.ts'
import { explain } from '../../problems.ts'
import { say } from '../../toasts.ts'
import type { Conversation } from '../../types.ts'
import { PictureField, pictureFits } from '../picture-field.tsx'
import { nounOf } from './words.ts'

const MAX_NAME_CHARS = 100
const MAX_TOPIC_CHARS = 250
const MAX_DESCRIPTION_CHARS = 1_000

const orNull = (text: string) => (text.trim() === '' ? null : text.trim())

/** What a group or channel is called and about, how it looks, and who finds it. */
export function About({ app, chat, onDone }: { app: App; chat: Conversation; onDone: () => void }) {
  const [name, setName] = useState(chat.title)
  const [topic, setTopic] = useState(chat.topic ?? '')
  const [description, setDescription] = useState(chat.description ?? '')
  const [picture, setPicture] = useState(chat.avatar ?? '')
  const [isPublic, setPublic] = useState(chat.public)
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const nameField = useRef<HTMLInputElement>(null)
  const id = useId()
  const noun = nounOf(chat.kind)

  const save = async (event: Event) => {
    event.preventDefault()
    if (busy) return
    if (name.trim() === '') {
      setProblem(`Give the ${noun} a name, so that everyone recognises it.`)
      return nameField.current?.focus()
    }
    if (picture !== chat.avatar && !pictureFits(picture))
      return setProblem('The address of a picture begins with https://')
    setBusy(true)
    setProblem(undefined)
    try {
      await app.admin.update(chat.id, {
        name: name.trim(),
        topic: orNull(topic),
        description: orNull(description),
        avatar: orNull(picture),
        public: isPublic,
      })
      say('Saved')
      onDone()
    } catch (error) {
      setProblem(explain(error, 'settings'))
      setBusy(false)
    }
  }

  return (
    <form onSubmit={save} noValidate>
      <PictureField
        id={chat.id}
        name={name}
        group
        picture={picture}
        problemId={`${id}-problem`}
        onChange={setPicture}
        onProblem={setProblem}
      >
        <div class="field">
          <label for={`${id}-name`}>Name</label>
          <input
            ref={nameField}
            id={`${id}-name`}
            class="input"
            dir="auto"
            value={name}
            autocomplete="off"
            maxLength={MAX_NAME_CHARS}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for={`${id}-topic`}>Topic</label>
          <input
            id={`${id}-topic`}
            class="input"
            dir="auto"
            value={topic}
            placeholder="What it is about just now"
            autocomplete="off"
            maxLength={MAX_TOPIC_CHARS}
            onInput={(event) => setTopic(event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for={`${id}-description`}>Description</label>
          <textarea
            id={`${id}-description`}
            class="input"
            dir="auto"
            rows={3}
            value={description}
            placeholder="What it is for"
            maxLength={MAX_DESCRIPTION_CHARS}
            onInput={(event) => setDescription(event.currentTarget.value)}
          />
        </div>
      </PictureField>
      <PublicSwitch kind={chat.kind} on={isPublic} onChange={setPublic} />
      <div role="alert" id={`${id}-problem`}>
        {problem !== undefined && <p class="notice bad">{problem}</p>}
      </div>
      <div class="actions">
        <button type="submit" class="button" aria-disabled={busy}>
          {busy ? 'Saving…' : 'Save'}
        </button>
      </div>
    </form>
  )
}

export function PublicSwitch(props: {
  kind: Conversation['kind']
  on: boolean
  onChange: (on: boolean) => void
}) {
  return (
    <label class="setting">
      <span class="grow">
        Public
        <span class="hint">
          {props.on
            ? 'Everyone here finds it by its name, and may join.'
            : `People get in by a link, or when somebody adds them. To others the ${nounOf(props.kind)} doesn’t exist.`}
        </span>
      </span>
      <input
        type="checkbox"
        role="switch"
        class="switch"
        checked={props.on}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
    </label>
  )
}
