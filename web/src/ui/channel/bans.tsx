import { useCallback, useId } from 'preact/hooks'
import type { Ban } from '../../../../sdk/src/mod.ts'
import type { App } from '../../app.ts'
import { briefTime } from '../../format.ts'
import { explain } from '../../problems.ts'
import { say } from '../../toasts.ts'
import type { Conversation } from '../../types.ts'
import { Avatar } from '../avatar.tsx'
import { PeopleField } from '../people-field.tsx'
import { usePages } from './use-pages.ts'

/** Who is kept out: banning those who aren't here, lifting bans. */
export function Bans({ app, chat }: { app: App; chat: Conversation }) {
  const load = useCallback((cursor?: string) => app.admin.bans(chat.id, cursor), [app, chat.id])
  const { items, problem, busy, more, set, again } = usePages<Ban>(load)
  const listId = useId()

  const lift = async ({ user }: Ban) => {
    try {
      await app.admin.lift(chat.id, user)
      set((bans) => bans.filter((one) => one.user !== user))
      say(`${app.nameOf(user)} may come back`)
    } catch (error) {
      say(explain(error, 'ban'), { bad: true })
    }
  }

  return (
    <>
      <PeopleField
        app={app}
        label="Ban somebody who isn’t here"
        action="Ban"
        doing="ban"
        exclude={(items ?? []).map(({ user }) => ({ id: user, name: '', displayName: app.nameOf(user) }))}
        onFound={async (person) => {
          await app.admin.ban(chat.id, person.id)
          again()
        }}
      />
      <div role="alert">{problem !== undefined && <p class="notice bad">{problem}</p>}</div>
      <section>
        <h3 id={listId}>Banned</h3>
        <ul class="people" aria-labelledby={listId} aria-busy={items === undefined && problem === undefined}>
          {items?.map((ban) => (
            <li key={ban.user}>
              <Avatar id={ban.user} name={app.nameOf(ban.user)} small />
              <span class="grow">
                <bdi>{app.nameOf(ban.user)}</bdi>
                <span class="hint">
                  {briefTime(new Date(ban.at))}, by{' '}
                  {ban.by === app.me.value?.id ? 'you' : <bdi>{app.nameOf(ban.by)}</bdi>}
                </span>
              </span>
              <button
                type="button"
                class="button quiet small"
                aria-label={`Lift the ban of ${app.nameOf(ban.user)}`}
                onClick={() => void lift(ban)}
              >
                Lift
              </button>
            </li>
          ))}
          {items === undefined && problem === undefined && <li class="none">Loading…</li>}
          {items?.length === 0 && <li class="none">Nobody.</li>}
        </ul>
        {more !== undefined && (
          <button type="button" class="button quiet small" aria-disabled={busy} onClick={more}>
            {busy ? 'Loading…' : 'Show more'}
          </button>
        )}
      </section>
    </>
  )
}
