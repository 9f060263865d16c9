import { useEffect, useState } from 'preact/hooks'
import type { ChannelPreview } from '../../../../sdk/src/mod.ts'
import type { App } from '../../app.ts'
import { learnFace } from '../../faces.ts'
import { type Doing, explain } from '../../problems.ts'
import { go, hrefOf } from '../../route.ts'
import { Dialog } from '../dialog.tsx'
import { Card } from './card.tsx'

export const titleOf = ({ name, kind }: ChannelPreview): string =>
  name ?? (kind === 'broadcast' ? 'Channel without a name' : 'Group without a name')

/** A conversation as one sees it who isn't in it. */
export function Preview({ channel }: { channel: ChannelPreview }) {
  useEffect(() => learnFace(channel.id, channel.avatar), [channel])
  const kind = channel.kind === 'broadcast' ? 'Broadcast channel' : 'Group'
  return <Card channel={channel} title={titleOf(channel)} kind={kind} />
}

/** Joins, and goes there. */
export function JoinButton(props: { channel: ChannelPreview; doing: Doing; join: () => Promise<void> }) {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const join = async () => {
    if (busy) return
    setBusy(true)
    setProblem(undefined)
    try {
      await props.join()
      go(hrefOf(props.channel.id))
    } catch (error) {
      setProblem(explain(error, props.doing))
      setBusy(false)
    }
  }
  return (
    <>
      <div role="alert">{problem !== undefined && <p class="notice bad">{problem}</p>}</div>
      <button type="button" class="button" aria-disabled={busy} onClick={() => void join()}>
        {busy ? 'Joining…' : 'Join'}
      </button>
    </>
  )
}

/** A public conversation that was found, before one joins. */
export function PublicChannel(props: {
  app: App
  channel: ChannelPreview
  onJoined: () => void
  onClose: () => void
}) {
  const { app, channel } = props
  const join = async () => {
    await app.admin.join(channel.id)
    props.onJoined()
  }
  return (
    <Dialog title={titleOf(channel)} onClose={props.onClose}>
      <Preview channel={channel} />
      <JoinButton channel={channel} doing="join" join={join} />
    </Dialog>
  )
}
