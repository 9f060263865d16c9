import type { App } from '../app.ts'
import type { Line } from '../types.ts'
import { Avatar } from './avatar.tsx'
import { Dialog } from './dialog.tsx'
import { LoadedList } from './side-panel.tsx'
import { useLoaded } from './use-loaded.ts'

/** Who reacted to a message, and how. */
export function ReactorsDialog(props: { app: App; chat: string; line: Line; onClose: () => void }) {
  const { app, chat, line } = props
  const changes = app.beside.changes.value
  const reactors = useLoaded(() => app.beside.reactors(chat, line.seq), [app, chat, line.seq, changes])
  return (
    <Dialog title="Reactions" onClose={props.onClose}>
      <LoadedList label="Reactions" loaded={reactors} none="Nobody reacts to it any more.">
        {({ emoji, count, users }) => (
          <li key={emoji} class="kept">
            <p class="row">
              <span class="emoji">{emoji}</span>
              <span class="title">{count}</span>
            </p>
            <ul class="reactors">
              {users.map((user) => (
                <li key={user}>
                  <Avatar id={user} name={app.nameOf(user)} small />
                  <bdi>{user === app.me.value?.id ? 'You' : app.nameOf(user)}</bdi>
                </li>
              ))}
              {count > users.length && <li>and {count - users.length} more</li>}
            </ul>
          </li>
        )}
      </LoadedList>
    </Dialog>
  )
}
