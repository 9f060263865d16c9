import { useId, useRef, useState } from 'preact/hooks'
import { announce } from '../announce.ts'
import type { App } from '../app.ts'
import { type Doing, explain } from '../problems.ts'
import type { Person } from '../types.ts'

/**
 * A field that finds a person by user name. `onFound` gets the person and may throw; what it throws is shown like
 * a failed search.
 */
export function PeopleField(props: {
  app: App
  label: string
  action: string
  exclude: readonly Person[]
  /** What `onFound` does, for words about its failure. */
  doing?: Doing
  autofocus?: boolean
  onFound: (person: Person) => void | Promise<void>
}) {
  const { app } = props
  const [name, setName] = useState('')
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const id = useId()
  const problemId = useId()

  const find = async (event: Event) => {
    event.preventDefault()
    const wanted = name.trim().replace(/^@/, '')
    if (busy) return
    if (wanted === '') {
      setProblem('Enter the user name of whom you want to reach.')
      return field.current?.focus()
    }
    setBusy(true)
    setProblem(undefined)
    let doing: Doing = 'find'
    try {
      const person = await app.find(wanted)
      if (person.id === app.me.value?.id) throw new Said('This is you. Enter someone else’s user name.')
      if (props.exclude.some((one) => one.id === person.id)) {
        throw new Said(`${person.displayName} is in the list already.`)
      }
      doing = props.doing ?? 'add'
      await props.onFound(person)
      setName('')
      announce(doing === 'ban' ? `${person.displayName} banned` : `${person.displayName} added`)
    } catch (error) {
      setProblem(error instanceof Said ? error.message : explain(error, doing, wanted))
    } finally {
      setBusy(false)
      field.current?.focus()
    }
  }

  return (
    <form class="field" onSubmit={find} noValidate>
      <label for={id}>{props.label}</label>
      <div class="add-row">
        <input
          ref={field}
          autofocus={props.autofocus}
          id={id}
          class="input"
          value={name}
          placeholder="User name"
          autocomplete="off"
          autocapitalize="none"
          autocorrect="off"
          spellcheck={false}
          maxLength={64}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : problemId}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" class="button" aria-disabled={busy}>
          {busy ? 'Looking…' : props.action}
        </button>
      </div>
      <div role="alert" id={problemId}>
        {problem !== undefined && <p class="notice bad">{problem}</p>}
      </div>
    </form>
  )
}

/** A problem in words that can be shown as they are. */
class Said extends Error {}
