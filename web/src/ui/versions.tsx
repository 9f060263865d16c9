import type { App } from '../app.ts'
import { fullTime } from '../format.ts'
import type { Line } from '../types.ts'
import { Dialog } from './dialog.tsx'
import { Formatted } from './formatted.tsx'
import { LoadedList } from './side-panel.tsx'
import { useLoaded } from './use-loaded.ts'

/** What a message said before, for who wrote it and those who moderate; the newest first. */
export function VersionsDialog(props: { app: App; chat: string; line: Line; onClose: () => void }) {
  const { app, chat, line } = props
  const versions = useLoaded(() => app.beside.versions(chat, line.seq), [app, chat, line.seq])
  return (
    <Dialog title="What it said before" onClose={props.onClose}>
      <LoadedList label="Versions" loaded={versions} none="It was never changed.">
        {(version, index) => (
          <li key={version.at.getTime()} class="kept">
            <p class="row">
              <span class="title">
                {index === 0 ? 'Now' : index === (versions.value?.length ?? 0) - 1 ? 'At first' : 'Before'}
                {version.by !== line.from && <span class="place"> by {app.nameOf(version.by)}</span>}
              </span>
              <time dateTime={version.at.toISOString()}>{fullTime(version.at)}</time>
            </p>
            <div dir="auto" class="said">
              <Formatted
                text={version.text}
                mentioned={app.mentioned({ ...line, mentions: version.mentions ?? [] })}
              />
            </div>
          </li>
        )}
      </LoadedList>
    </Dialog>
  )
}
