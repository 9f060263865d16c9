import { plural } from '../../format.ts'
import { Avatar } from '../avatar.tsx'
import { Formatted } from '../formatted.tsx'

const nobody = () => undefined

/** What a group or channel is, whether one is in it or not. */
export function Card(props: {
  channel: {
    readonly id: string
    readonly members: number
    readonly topic: string | null
    readonly description: string | null
  }
  title: string
  kind: string
}) {
  const { channel, title, kind } = props
  return (
    <div class="card-about">
      <div class="profile">
        <Avatar id={channel.id} name={title} group />
        <div class="grow">
          <p class="kind">{kind}</p>
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
