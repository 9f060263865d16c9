import type { App } from '../app.ts'
import { briefTime, plural } from '../format.ts'
import { plainText } from '../markup.ts'
import { hrefOf, route } from '../route.ts'
import type { Conversation } from '../types.ts'
import { Avatar } from './avatar.tsx'
import { PresenceDot } from './presence-dot.tsx'
import { UnreadThreadsLink } from './unread-threads.tsx'

function Preview({ app, chat }: { app: App; chat: Conversation }) {
  const last = chat.last
  if (last === undefined) return <>{chat.head === 0 ? 'No messages yet' : ''}</>
  const who = last.mine
    ? last.state === 'sending'
      ? 'Sending'
      : 'You'
    : chat.kind === 'direct'
      ? undefined
      : app.nameOf(last.from)
  return (
    <>
      {who !== undefined && (
        <>
          <bdi>{who}</bdi>:{' '}
        </>
      )}
      <bdi>{last.gone === true ? 'This message was deleted.' : plainText(last.text)}</bdi>
    </>
  )
}

function emptyWords(app: App): string {
  if (app.link.value !== 'online') return 'Your conversations will be here once you’re connected.'
  return app.loaded.value ? 'Nobody here yet. Start a conversation with someone.' : 'Loading…'
}

/** One stop for Tab; the arrows, Home and End go through it. */
const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLElement }) => {
  const links = Array.from(event.currentTarget.querySelectorAll<HTMLAnchorElement>('a.chat'))
  const at = links.findIndex((link) => link === document.activeElement)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key]
  if (to === undefined) return
  event.preventDefault()
  links[Math.min(Math.max(to, 0), links.length - 1)]?.focus()
}

export function ChatList({ app }: { app: App }) {
  const chats = app.conversations.value
  const open = route.value.at === 'chat' ? route.value.id : undefined
  const stop = chats.some((chat) => chat.id === open) ? open : chats[0]?.id
  return (
    <nav class="chats" aria-label="Conversations">
      <UnreadThreadsLink app={app} open={route.value.at === 'threads'} />
      {chats.length === 0 ? (
        <p>{emptyWords(app)}</p>
      ) : (
        <ul onKeyDown={onKeyDown}>
          {chats.map((chat) => (
            <li key={chat.id}>
              <Item app={app} chat={chat} open={chat.id === open} stop={chat.id === stop} />
            </li>
          ))}
        </ul>
      )}
    </nav>
  )
}

function Item({ app, chat, open, stop }: { app: App; chat: Conversation; open: boolean; stop: boolean }) {
  const typing = (app.typing.typists.value.get(chat.id) ?? []).length > 0
  const draft = app.drafts.of(chat.id).trim()
  const unread = open && app.watching.value ? 0 : chat.unread
  return (
    <a
      class={unread > 0 ? 'chat unread' : 'chat'}
      href={hrefOf(chat.id)}
      tabIndex={stop ? 0 : -1}
      aria-current={open ? 'page' : undefined}
    >
      <span class="face">
        <Avatar id={chat.peer ?? chat.id} name={chat.title} group={chat.kind !== 'direct'} />
        <PresenceDot app={app} user={chat.peer} />
      </span>
      <span>
        <span class="row">
          <span class="title">
            <bdi>{chat.title}</bdi>
            {chat.archived && <span class="muted"> · archived</span>}
            {chat.muted && <span class="muted"> · muted</span>}
          </span>
          {chat.last && <time dateTime={chat.last.at.toISOString()}>{briefTime(chat.last.at)}</time>}
        </span>
        <span class="row">
          <span class="preview">
            {typing ? (
              <span class="types">typing…</span>
            ) : draft !== '' && !open ? (
              <>
                <span class="drafted">Draft:</span> <bdi>{plainText(draft)}</bdi>
              </>
            ) : (
              <Preview app={app} chat={chat} />
            )}
          </span>
          {unread > 0 && chat.mentions > 0 && (
            <span class="badge at">
              <span aria-hidden="true">@</span>
              <span class="sr-only">{plural(chat.mentions, 'mention')} of you</span>
            </span>
          )}
          {unread > 0 && (
            <span class="badge">
              <span aria-hidden="true">{unread > 999 ? '999+' : unread}</span>
              <span class="sr-only">{plural(unread, 'unread message')}</span>
            </span>
          )}
        </span>
      </span>
    </a>
  )
}
