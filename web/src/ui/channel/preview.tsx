import { useEffect, useState } from 'preact/hooks'
import type { ChannelPreview } from '../../../../sdk/src/mod.ts'
import type { App } from '../../app.ts'
import { learnFace } from '../../faces.ts'
import { plural } from '../../format.ts'
import { type Doing, explain } from '../../problems.ts'
import { go, hrefOf } from '../../route.ts'
import { Avatar } from '../avatar.tsx'
import { Dialog } from '../dialog.tsx'
import { Formatted } from '../formatted.tsx'

export const titleOf = ({ name, kind }: ChannelPreview): string =>
  name ?? (kind === 'broadcast' ? 'Channel without a name' : 'Group without a name')
const nobody = () => undefined

/** A conversation as one sees it who isn't in it. */
export function Preview({ channel }: { channel: ChannelPreview }) {
  useEffect(() => learnFace(channel.id, channel.avatar), [channel])
  return (
    <div class="card-about">
      <div class="profile">
        <Avatar id={channel.id} name={titleOf(channel)} group />
        <div class="grow">
          <p class="kind">{channel.kind === 'broadcast' ? 'Broadcast channel' : 'Group'}</p>
          <p class="hint">{plural(channel.members, 'person', 'people')}</p>
        </div>
      </div>
      {channel.topic !== null && (
        <p class="topic" dir="auto">
          {channel.topic}
        </p>
      )}
      {channel.description !== null && (
        <div class="description" dir="auto">
          <Formatted text={channel.description} mentioned={nobody} />
        </div>
      )}
    </div>
  )
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
