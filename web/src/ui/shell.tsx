import { useEffect, useRef, useState } from 'preact/hooks'
import { polite, urgent } from '../announce.ts'
import type { App } from '../app.ts'
import { plural } from '../format.ts'
import { route } from '../route.ts'
import { Avatar } from './avatar.tsx'
import { InviteLanding } from './channel/invite-landing.tsx'
import { ChatList } from './chat-list.tsx'
import { ConversationPane } from './conversation.tsx'
import { Dialog } from './dialog.tsx'
import { Compose, LogOut, Logo, Search as SearchIcon, Settings } from './icons.tsx'
import { NewChat } from './new-chat.tsx'
import { SearchResults } from './search-results.tsx'
import { SettingsDialog } from './settings.tsx'
import { Toasts } from './toasts.tsx'
import { UnreadThreads } from './unread-threads.tsx'

const stateWords = {
  online: 'Connected',
  connecting: 'Connecting…',
  offline: 'Offline',
  replaced: 'Open elsewhere',
} as const

/** The frame of the page for someone who is logged in: conversations at the side, one of them beside it. */
export function Shell({ app }: { app: App }) {
  const [creating, setCreating] = useState(false)
  const [settings, setSettings] = useState(false)
  const [query, setQuery] = useState('')
  const [leaving, setLeaving] = useState(false)
  const at = route.value
  const me = app.me.value
  const reading = at.at === 'chat' || at.at === 'threads' || at.at === 'invite'
  const heading = useRef<HTMLHeadingElement>(null)
  const wasReading = useRef(reading)

  // On a phone the list comes back alone: the focus goes with it.
  useEffect(() => {
    if (wasReading.current && !reading) heading.current?.focus()
    wasReading.current = reading
  }, [reading])

  const unread = app.unreadTotal.value
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Weft` : 'Weft'
  }, [unread])

  const logOut = () => (app.transcripts.outbox.value.length > 0 ? setLeaving(true) : void app.logOut())
  return (
    <div class="shell">
      <Strip app={app} />
      <main class={reading ? 'panes reading' : 'panes browsing'}>
        <h1 class="sr-only">Weft</h1>
        <section class="sidebar" aria-label="Your conversations">
          <header class="bar">
            <Logo />
            <h2 class="grow" tabIndex={-1} ref={heading}>
              Conversations
            </h2>
            <button
              type="button"
              class="icon-button"
              aria-label="New conversation"
              title="New conversation"
              onClick={() => setCreating(true)}
            >
              <Compose />
            </button>
          </header>
          <search class="find">
            <SearchIcon />
            <input
              type="search"
              class="input"
              aria-label="Search people and conversations"
              placeholder="Search"
              autocomplete="off"
              value={query}
              onInput={(event) => setQuery(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Escape') setQuery('')
              }}
            />
          </search>
          {query.trim() === '' ? (
            <ChatList app={app} />
          ) : (
            <SearchResults app={app} query={query} onDone={() => setQuery('')} />
          )}
          <footer class="who">
            <Avatar id={me?.id ?? ''} name={me?.displayName ?? '?'} small />
            <div class="grow">
              <p class="name" dir="auto">
                {me?.displayName}
              </p>
              <p class={`state ${app.link.value}`} data-testid="link">
                {stateWords[app.link.value]}
              </p>
            </div>
            <button
              type="button"
              class="icon-button"
              aria-label="Settings"
              title="Settings"
              onClick={() => setSettings(true)}
            >
              <Settings />
            </button>
            <button type="button" class="icon-button" aria-label="Log out" title="Log out" onClick={logOut}>
              <LogOut />
            </button>
          </footer>
        </section>
        <section class="pane" aria-label="Conversation">
          {at.at === 'chat' ? (
            <ConversationPane
              key={at.id}
              app={app}
              id={at.id}
              message={at.message}
              thread={at.thread}
              panel={at.panel}
            />
          ) : at.at === 'threads' ? (
            <UnreadThreads app={app} />
          ) : at.at === 'invite' ? (
            <InviteLanding key={at.code} app={app} code={at.code} />
          ) : (
            <div class="empty">
              <Logo size={56} />
              <h2>
                {app.conversations.value.length === 0
                  ? 'Start your first conversation'
                  : 'Choose a conversation'}
              </h2>
              <p>
                {app.conversations.value.length === 0
                  ? 'Write to one person, or bring several together in a group.'
                  : 'Pick one on the left to read it, or start a new one.'}
              </p>
              <button type="button" class="button" onClick={() => setCreating(true)}>
                New conversation
              </button>
            </div>
          )}
        </section>
      </main>
      {settings && <SettingsDialog app={app} onClose={() => setSettings(false)} />}
      {creating && <NewChat app={app} onClose={() => setCreating(false)} />}
      {leaving && (
        <Dialog title="Log out with messages unsent?" onClose={() => setLeaving(false)}>
          <p>
            {plural(app.transcripts.outbox.value.length, 'message')} of yours{' '}
            {app.transcripts.outbox.value.length === 1 ? 'has' : 'have'} not been sent yet and would be lost.
            Stay until you are connected to keep {app.transcripts.outbox.value.length === 1 ? 'it' : 'them'}.
          </p>
          <div class="actions">
            <button type="button" class="button danger" onClick={() => void app.logOut()}>
              Log out and lose {app.transcripts.outbox.value.length === 1 ? 'it' : 'them'}
            </button>
            <button type="button" class="button" onClick={() => setLeaving(false)}>
              Stay
            </button>
          </div>
        </Dialog>
      )}
      <Toasts />
      <div class="sr-only" aria-live="polite">
        <span key={polite.value.n}>{polite.value.text}</span>
      </div>
      <div class="sr-only" aria-live="assertive">
        <span key={urgent.value.n}>{urgent.value.text}</span>
      </div>
    </div>
  )
}

/** Says that the connection is away, and what that means for what one writes. */
function Strip({ app }: { app: App }) {
  const link = app.link.value
  return (
    <div role="status">
      {link === 'offline' && app.slow.value && (
        <p class="strip">You’re offline. Write on: messages are kept here and sent when you’re back.</p>
      )}
      {link === 'connecting' && app.slow.value && (
        <p class="strip">Connecting… Messages are kept here and sent once connected.</p>
      )}
      {link === 'replaced' && (
        <p class="strip">
          Weft is open in another tab or window.
          <button type="button" class="button" onClick={() => app.reconnect()}>
            Use it here
          </button>
        </p>
      )}
    </div>
  )
}
