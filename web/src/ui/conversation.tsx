import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { OFFERED } from '../abilities.ts'
import type { App } from '../app.ts'
import { explain } from '../problems.ts'
import { hrefOf, type Panel, panelHref, replace, threadHref } from '../route.ts'
import { say } from '../toasts.ts'
import { Avatar } from './avatar.tsx'
import { Closed, isOpen } from './channel/closed.tsx'
import { TitleLine } from './channel/title-line.tsx'
import { nounOf } from './channel/words.ts'
import { Composer } from './composer.tsx'
import { AboutConversation } from './details.tsx'
import { ForwardDialog } from './forward.tsx'
import { Back, More, People, Pin, Threads } from './icons.tsx'
import { MessageLog } from './message-log.tsx'
import { PinsPanel } from './pins-panel.tsx'
import { PresenceDot, PresenceLine } from './presence-dot.tsx'
import { ReactorsDialog } from './reactors.tsx'
import { RemoveDialog } from './remove.tsx'
import { ThreadPanel } from './thread-panel.tsx'
import { ThreadsPanel } from './threads-panel.tsx'
import { TypingLine } from './typing-line.tsx'
import { useActions } from './use-actions.ts'
import { VersionsDialog } from './versions.tsx'

const PANELS: readonly { name: Panel; words: string; icon: VNode }[] = [
  { name: 'threads', words: 'Threads', icon: <Threads /> },
  { name: 'pins', words: 'Pinned messages', icon: <Pin size={22} /> },
]

/** One conversation: who it is with, what was said, and where to write. */
export function ConversationPane(props: {
  app: App
  id: string
  /** A message to go to. */
  message?: number | undefined
  /** The thread beside it. */
  thread?: number | undefined
  /** What else stands beside it. */
  panel?: Panel | undefined
}) {
  const { app, id, message, thread, panel } = props
  const [details, setDetails] = useState(false)
  const chat = app.conversations.value.find((one) => one.id === id)
  const heading = useRef<HTMLHeadingElement>(null)
  const known = chat !== undefined
  const { actions, lineOf, editLast, done } = useActions(app, id, chat)

  useEffect(() => {
    if (!known) return
    void app.transcripts.open(id)
    return () => app.transcripts.close(id)
  }, [app, id, known])

  const inThread =
    message === undefined ? undefined : app.transcripts.talkOf(id).bySeq.value.get(message)?.thread
  useEffect(() => {
    if (!known || message === undefined) return
    if (inThread !== undefined) return replace(threadHref(id, inThread))
    app.transcripts
      .timelineOf(id)
      .around(message)
      .catch((error: unknown) => say(explain(error, 'load'), { bad: true }))
  }, [app, id, known, message, inThread])

  // Whoever opens a conversation wants to read or write; a phone's keyboard shouldn't jump up unasked.
  useEffect(() => {
    // What stands beside it takes the focus itself.
    if (!known || thread !== undefined || panel !== undefined) return
    const field = matchMedia('(pointer: fine)').matches && document.getElementById('compose')
    ;(field || heading.current)?.focus()
  }, [known])

  if (chat === undefined) return <Absent app={app} />
  const forwarding = lineOf('forward')
  const removing = lineOf('remove')
  const changed = lineOf('versions')
  const reacted = lineOf('reactors')
  const group = chat.kind !== 'direct'
  const about = `About this ${group ? nounOf(chat.kind) : 'conversation'}`
  return (
    <>
      <div class="talk" data-beside={thread !== undefined || panel !== undefined}>
        <header class="bar">
          <a class="icon-button back" href="#/" aria-label="Back to conversations">
            <Back />
          </a>
          <span class="face">
            <Avatar id={chat.peer ?? chat.id} name={chat.title} group={group} />
            <PresenceDot app={app} user={chat.peer} />
          </span>
          <div class="grow">
            <h2 tabIndex={-1} ref={heading} dir="auto">
              {chat.title}
            </h2>
            <TitleLine chat={chat} />
            {chat.peer !== undefined && <PresenceLine app={app} user={chat.peer} />}
          </div>
          {PANELS.map(({ name, words, icon }) => (
            <a
              key={name}
              class="icon-button"
              href={panel === name ? hrefOf(id) : panelHref(id, name)}
              aria-label={words}
              title={words}
              aria-current={panel === name ? 'true' : undefined}
            >
              {icon}
            </a>
          ))}
          {(group || OFFERED.mine) && (
            <button
              type="button"
              class="icon-button"
              aria-label={about}
              title={about}
              onClick={() => setDetails(true)}
            >
              {group ? <People /> : <More />}
            </button>
          )}
        </header>
        <MessageLog
          app={app}
          chat={chat}
          actions={actions}
          target={message}
          onReached={() => replace(hrefOf(id))}
        />
        <TypingLine app={app} id={id} />
        {isOpen(chat) ? (
          <Composer
            app={app}
            chat={chat}
            quoting={lineOf('quote')}
            editing={lineOf('edit')}
            onDone={done}
            onEditLast={editLast}
          />
        ) : (
          <Closed app={app} chat={chat} />
        )}
      </div>
      {thread !== undefined && <ThreadPanel app={app} chat={chat} thread={thread} actions={actions} />}
      {panel === 'threads' && <ThreadsPanel app={app} chat={chat} />}
      {panel === 'pins' && <PinsPanel app={app} chat={chat} actions={actions} />}
      {forwarding !== undefined && <ForwardDialog app={app} chat={id} line={forwarding} onClose={done} />}
      {reacted !== undefined && <ReactorsDialog app={app} chat={id} line={reacted} onClose={done} />}
      {changed !== undefined && <VersionsDialog app={app} chat={id} line={changed} onClose={done} />}
      {removing !== undefined && <RemoveDialog app={app} chat={id} line={removing} onClose={done} />}
      {details && <AboutConversation app={app} chat={chat} onClose={() => setDetails(false)} />}
    </>
  )
}

/** A conversation that isn't in the list: not yet, or not any more. */
function Absent({ app }: { app: App }) {
  if (!app.loaded.value || app.link.value !== 'online') {
    return (
      <div class="empty">
        <h2>Loading…</h2>
        {app.slow.value && <p>This conversation will be here once you’re connected.</p>}
      </div>
    )
  }
  return (
    <div class="empty">
      <h2>This conversation isn’t here</h2>
      <p>You may have left it or been removed, or the address is wrong.</p>
      <a class="button" href="#/">
        Back to your conversations
      </a>
    </div>
  )
}
