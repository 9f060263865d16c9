import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { App } from '../app.ts'
import { explain } from '../problems.ts'
import { inviteHref, route, signUpHref } from '../route.ts'
import { Logo } from './icons.tsx'

const MIN_PASSWORD_CHARS = 8

/** Log in and sign up: the same card with other words. */
export function Auth({ app, mode }: { app: App; mode: 'login' | 'signup' }) {
  const signup = mode === 'signup'
  const at = route.value
  const invite = at.at === 'invite' ? at.code : at.at === 'signup' ? at.invite : undefined
  const logInHref = invite === undefined ? '#/' : inviteHref(invite)
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const [shown, setShown] = useState(false)
  const nameRef = useRef<HTMLInputElement>(null)
  const passwordRef = useRef<HTMLInputElement>(null)
  const errorId = useId()
  const nameId = useId()
  const passwordId = useId()
  const hintId = useId()
  const nameHintId = useId()

  useEffect(() => {
    document.title = signup ? 'Sign up · Weft' : 'Log in · Weft'
    setProblem(undefined)
    nameRef.current?.focus()
  }, [signup])

  const submit = async (event: Event) => {
    event.preventDefault()
    if (busy) return
    const name = nameRef.current?.value.trim() ?? ''
    const password = passwordRef.current?.value ?? ''
    if (name === '') {
      setProblem('Enter your user name.')
      return nameRef.current?.focus()
    }
    if (password === '' || (signup && password.length < MIN_PASSWORD_CHARS)) {
      setProblem(
        signup ? `Choose a password of at least ${MIN_PASSWORD_CHARS} characters.` : 'Enter your password.',
      )
      return passwordRef.current?.focus()
    }
    setBusy(true)
    setProblem(undefined)
    try {
      await (signup ? app.signUp(name, password) : app.logIn(name, password))
    } catch (error) {
      setProblem(explain(error, signup ? 'signup' : 'login', name))
      nameRef.current?.focus()
    } finally {
      setBusy(false)
    }
  }

  const shownProblem = problem ?? app.farewell.value
  const passwordHelp = signup ? hintId : problem === undefined ? undefined : errorId
  return (
    <main class="auth">
      <div class="card">
        <p class="brand">
          <Logo /> Weft
        </p>
        <div>
          <h1>{signup ? 'Create your account' : 'Welcome back'}</h1>
          <p class="lead">
            {signup
              ? 'Pick a name that people will find you by.'
              : 'Log in to go on with your conversations.'}
          </p>
          {invite !== undefined && (
            <p class="lead">You were given a link to a conversation: you’ll see it right after this.</p>
          )}
        </div>
        <form onSubmit={submit} noValidate aria-label={signup ? 'Sign up' : 'Log in'}>
          <div role="alert" id={errorId}>
            {shownProblem !== undefined && <p class="notice bad">{shownProblem}</p>}
          </div>
          <div class="field">
            <label for={nameId}>User name</label>
            <input
              ref={nameRef}
              id={nameId}
              class="input"
              name="username"
              autocomplete="username"
              autocapitalize="none"
              autocorrect="off"
              spellcheck={false}
              required
              maxLength={32}
              aria-invalid={problem !== undefined}
              aria-describedby={signup ? nameHintId : problem === undefined ? undefined : errorId}
            />
            {signup && (
              <p class="hint" id={nameHintId}>
                Letters, digits, dots and dashes; others add you by it.
              </p>
            )}
          </div>
          <div class="field">
            <label for={passwordId}>Password</label>
            <div class="with-action">
              <input
                ref={passwordRef}
                id={passwordId}
                class="input"
                name="password"
                {...(shown ? { type: 'text' as const } : { type: 'password' as const })}
                autocomplete={signup ? 'new-password' : 'current-password'}
                required
                aria-invalid={problem !== undefined}
                aria-describedby={passwordHelp}
              />
              <button type="button" onClick={() => setShown(!shown)}>
                {shown ? 'Hide' : 'Show'}
                <span class="sr-only"> password</span>
              </button>
            </div>
            {signup && (
              <p class="hint" id={hintId}>
                At least {MIN_PASSWORD_CHARS} characters. Long beats complicated.
              </p>
            )}
          </div>
          <button type="submit" class="button" aria-disabled={busy}>
            {busy ? (signup ? 'Creating your account…' : 'Logging in…') : signup ? 'Sign up' : 'Log in'}
          </button>
        </form>
        <p class="other">
          {signup ? 'Have an account already? ' : 'New here? '}
          <a href={signup ? logInHref : signUpHref(invite)}>{signup ? 'Log in' : 'Create an account'}</a>
        </p>
      </div>
    </main>
  )
}
