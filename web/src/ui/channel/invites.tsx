import { useEffect, useId, useState } from 'preact/hooks'
import type { Invite } from '../../../../sdk/src/mod.ts'
import type { App } from '../../app.ts'
import { dayName, timeOf } from '../../format.ts'
import { explain } from '../../problems.ts'
import { inviteHref } from '../../route.ts'
import { say } from '../../toasts.ts'
import type { Conversation } from '../../types.ts'
import { Copy } from '../icons.tsx'
import { copy } from '../use-actions.ts'
import { LINK_S, spanWords } from './words.ts'

const FOREVER = 'never'
const ANY = 'any'
const USES = [1, 10, 100]
const DEFAULT_LINK_S = 7 * 24 * 3_600

const addressOf = ({ code }: Invite) => new URL(inviteHref(code), location.href).href

/** Links that others join by: making them, copying, taking back. */
export function Invites({ app, chat }: { app: App; chat: Conversation }) {
  const [links, setLinks] = useState<readonly Invite[]>()
  const [problem, setProblem] = useState<string>()
  const [busy, setBusy] = useState(false)
  const [span, setSpan] = useState(String(DEFAULT_LINK_S))
  const [uses, setUses] = useState(ANY)
  const [role, setRole] = useState<'member' | 'reader'>('member')
  const listId = useId()

  useEffect(() => {
    app.admin.invites(chat.id).then(
      (oldest) => setLinks(oldest.toReversed()),
      (error: unknown) => setProblem(explain(error, 'load')),
    )
  }, [app, chat.id])

  const make = async (event: Event) => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    setProblem(undefined)
    try {
      const made = await app.admin.invite(chat.id, {
        expiresIn: span === FOREVER ? null : Number(span),
        maxUses: uses === ANY ? null : Number(uses),
        role,
      })
      setLinks([made, ...(links ?? [])])
      say('The link is made')
    } catch (error) {
      setProblem(explain(error, 'invite'))
    } finally {
      setBusy(false)
    }
  }

  const revoke = async (link: Invite) => {
    try {
      await app.admin.revoke(chat.id, link.code)
      setLinks(links?.filter(({ code }) => code !== link.code))
      say('The link leads nowhere now')
    } catch (error) {
      say(explain(error, 'invite'), { bad: true })
    }
  }

  return (
    <>
      <div role="alert">{problem !== undefined && <p class="notice bad">{problem}</p>}</div>
      {!chat.archived && (
        <form class="links-form" onSubmit={make} noValidate>
          <div class="fields">
            <label class="field">
              <span>Good for</span>
              <select class="input" value={span} onChange={(event) => setSpan(event.currentTarget.value)}>
                {LINK_S.map((seconds) => (
                  <option key={seconds} value={String(seconds)}>
                    {spanWords(seconds)}
                  </option>
                ))}
                <option value={FOREVER}>Ever</option>
              </select>
            </label>
            <label class="field">
              <span>How many</span>
              <select class="input" value={uses} onChange={(event) => setUses(event.currentTarget.value)}>
                {USES.map((count) => (
                  <option key={count} value={String(count)}>
                    {count === 1 ? '1 person' : `${count} people`}
                  </option>
                ))}
                <option value={ANY}>Any number</option>
              </select>
            </label>
            <label class="field">
              <span>They become</span>
              <select
                class="input"
                value={role}
                onChange={(event) => setRole(event.currentTarget.value === 'reader' ? 'reader' : 'member')}
              >
                <option value="member">Members</option>
                <option value="reader">Readers</option>
              </select>
            </label>
          </div>
          <button type="submit" class="button" aria-disabled={busy}>
            {busy ? 'Making it…' : 'Make a link'}
          </button>
        </form>
      )}
      <section aria-busy={links === undefined && problem === undefined}>
        <h3 id={listId}>Links that are good</h3>
        <ul class="people links" aria-labelledby={listId}>
          {links?.map((link) => (
            <li key={link.code}>
              <span class="grow">
                <span class="address">{addressOf(link)}</span>
                <span class="hint">{aboutLink(link, app)}</span>
              </span>
              <button
                type="button"
                class="icon-button small"
                aria-label={`Copy the link ${aboutLink(link, app)}`}
                title="Copy"
                onClick={() => void copy(addressOf(link), 'Link copied')}
              >
                <Copy />
              </button>
              <button
                type="button"
                class="button quiet small"
                aria-label={`Revoke the link ${aboutLink(link, app)}`}
                onClick={() => void revoke(link)}
              >
                Revoke
              </button>
            </li>
          ))}
          {links === undefined && problem === undefined && <li class="none">Loading…</li>}
          {links?.length === 0 && <li class="none">None. Whoever has a link can join by it.</li>}
        </ul>
      </section>
    </>
  )
}

/** "2 of 10 joined · until Tuesday, 14:02 · as readers · by Fay" */
function aboutLink({ uses, max_uses: most, expires_at: end, role, by }: Invite, app: App): string {
  return [
    most === null ? `${uses} joined` : `${uses} of ${most} joined`,
    end === null ? 'for ever' : `until ${momentOf(new Date(end))}`,
    ...(role === 'reader' ? ['as readers'] : []),
    by === app.me.value?.id ? 'by you' : `by ${app.nameOf(by)}`,
  ].join(' · ')
}

const momentOf = (at: Date) => (at.toDateString() === new Date().toDateString() ? timeOf(at) : dayName(at))
