import { OFFERED } from '../abilities.ts'
import type { App } from '../app.ts'
import type { Conversation } from '../types.ts'
import { Details } from './channel/details.tsx'
import { Disappearing } from './channel/disappearing.tsx'
import { Dialog } from './dialog.tsx'
import { Block, Contact, Mute } from './quiet.tsx'

/** What a conversation is, and what one can do about it. */
export function AboutConversation(props: { app: App; chat: Conversation; onClose: () => void }) {
  const { app, chat, onClose } = props
  if (chat.kind !== 'direct') return <Details app={app} chat={chat} onClose={onClose} />
  return (
    <Dialog title={chat.title} onClose={onClose}>
      <Mute app={app} chat={chat} />
      {OFFERED.disappear && <Disappearing app={app} chat={chat} maySet />}
      {chat.peer !== undefined && <Contact app={app} user={chat.peer} />}
      {chat.peer !== undefined && <Block app={app} user={chat.peer} />}
    </Dialog>
  )
}
