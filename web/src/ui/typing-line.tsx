import type { App } from '../app.ts'

/** Named at most; more are "several people". */
const NAMED = 2

/** Who types, under the messages. Its room is always there, so that nothing moves. */
export function TypingLine({ app, id }: { app: App; id: string }) {
  const users = app.typing.typists.value.get(id) ?? []
  const names = users.slice(0, NAMED).map((user) => app.nameOf(user))
  const words =
    users.length === 0
      ? ''
      : users.length === 1
        ? `${names[0]} is typing`
        : users.length === 2
          ? `${names[0]} and ${names[1]} are typing`
          : 'Several people are typing'
  return (
    <p class="typing" data-on={users.length > 0}>
      {words !== '' && (
        <>
          <span class="dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span dir="auto">{words}</span>
        </>
      )}
    </p>
  )
}
