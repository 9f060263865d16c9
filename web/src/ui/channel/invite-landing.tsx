import { useEffect, useRef, useState } from 'preact/hooks'
import type { ChannelPreview } from '../../../../sdk/src/mod.ts'
import type { App } from '../../app.ts'
import { explain } from '../../problems.ts'
import { hrefOf } from '../../route.ts'
import { Back } from '../icons.tsx'
import { JoinButton, Preview, titleOf } from './preview.tsx'

type Found = { channel: ChannelPreview } | { problem: string }

/** Where a link leads that one was given, and joining by it. */
export function InviteLanding({ app, code }: { app: App; code: string }) {
  const [found, setFound] = useState<Found>()
  const [tries, setTries] = useState(0)
  const heading = useRef<HTMLHeadingElement>(null)
  const online = app.link.value === 'online'
  const settled = found !== undefined && 'channel' in found

  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when connected, and when told to
  useEffect(() => {
    if (settled) return
    let current = true
    app.admin.preview(code).then(
      (channel) => current && setFound({ channel }),
      (error: unknown) => current && setFound({ problem: explain(error, 'follow') }),
    )
    return () => {
      current = false
    }
  }, [app, code, online, tries])
  useEffect(() => {
    if (found !== undefined) heading.current?.focus()
  }, [found])

  const channel = found !== undefined && 'channel' in found ? found.channel : undefined
  const isMine = channel !== undefined && app.conversations.value.some(({ id }) => id === channel.id)
  return (
    <div class="talk">
      <header class="bar">
        <a class="icon-button back" href="#/" aria-label="Back to conversations">
          <Back />
        </a>
        <p class="grow">Invitation</p>
      </header>
      <div class="landing" aria-busy={found === undefined}>
        {found === undefined && (
          <p class="looking" role="status">
            <span class="spinner" aria-hidden="true" /> Looking where this link leads…
          </p>
        )}
        {found !== undefined && 'problem' in found && (
          <div class="landing-card">
            <h2 ref={heading} tabIndex={-1}>
              You can’t come in by this link
            </h2>
            <p>{found.problem}</p>
            <div class="actions">
              <button
                type="button"
                class="button quiet"
                onClick={() => {
                  setFound(undefined)
                  setTries(tries + 1)
                }}
              >
                Try again
              </button>
              <a class="button" href="#/">
                To your conversations
              </a>
            </div>
          </div>
        )}
        {channel !== undefined && (
          <div class="landing-card">
            <p class="hint">{isMine ? 'You’re in this one already' : 'You’re invited to join'}</p>
            <h2 ref={heading} tabIndex={-1} dir="auto">
              {titleOf(channel)}
            </h2>
            <Preview channel={channel} />
            {isMine ? (
              <a class="button" href={hrefOf(channel.id)}>
                Open it
              </a>
            ) : (
              <JoinButton channel={channel} doing="follow" join={() => app.admin.joinBy(code)} />
            )}
          </div>
        )}
      </div>
    </div>
  )
}
