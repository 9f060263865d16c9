import { useState } from 'preact/hooks'
import type { Line } from '../types.ts'
import { EmojiPicker, QUICK } from './emoji-picker.tsx'
import {
  Copy,
  Forward,
  History,
  LinkIcon,
  More,
  Pencil,
  People,
  Pin,
  Quote,
  Reply,
  Smile,
  Trash,
} from './icons.tsx'
import { Menu, type MenuItem } from './menu.tsx'
import { type Place, placeOf } from './popover.tsx'

/** What may be done with a message here; what is missing isn't offered. */
export type MessageActions = {
  react?: (line: Line, emoji: string, on: boolean) => void
  reply?: (line: Line) => void
  quote?: (line: Line) => void
  edit?: (line: Line) => void
  remove?: (line: Line) => void
  /** Whether others' messages may be deleted too. */
  moderates?: boolean
  pin?: (line: Line, on: boolean) => void
  versions?: (line: Line) => void
  reactors?: (line: Line) => void
  forward?: (line: Line) => void
  copyText: (line: Line) => void
  copyLink: (line: Line) => void
}

/** One's own, or as a moderator. */
export const maySeeVersions = (line: Line, { versions, moderates }: MessageActions): boolean =>
  versions !== undefined && line.edited === true && (line.mine || moderates === true)

export function menuOf(line: Line, actions: MessageActions, onReact: () => void): MenuItem[] {
  const items: (MenuItem | false)[] = [
    actions.react !== undefined && { name: 'React…', icon: <Smile />, act: onReact },
    actions.reply !== undefined && {
      name: 'Reply in thread',
      icon: <Reply />,
      act: () => actions.reply?.(line),
    },
    actions.quote !== undefined && { name: 'Quote', icon: <Quote />, act: () => actions.quote?.(line) },
    actions.forward !== undefined && {
      name: 'Forward…',
      icon: <Forward />,
      act: () => actions.forward?.(line),
    },
    { name: 'Copy text', icon: <Copy />, act: () => actions.copyText(line) },
    { name: 'Copy link', icon: <LinkIcon />, act: () => actions.copyLink(line) },
    actions.pin !== undefined && {
      name: line.pinned === true ? 'Unpin' : 'Pin',
      icon: <Pin />,
      act: () => actions.pin?.(line, line.pinned !== true),
    },
    actions.reactors !== undefined &&
      (line.reactions?.length ?? 0) > 0 && {
        name: 'Who reacted…',
        icon: <People size={18} />,
        act: () => actions.reactors?.(line),
      },
    maySeeVersions(line, actions) && {
      name: 'What it said before…',
      icon: <History />,
      act: () => actions.versions?.(line),
    },
    actions.edit !== undefined &&
      line.mine && { name: 'Edit', icon: <Pencil />, act: () => actions.edit?.(line) },
    actions.remove !== undefined &&
      (line.mine || actions.moderates === true) && {
        name: 'Delete…',
        icon: <Trash />,
        danger: true,
        act: () => actions.remove?.(line),
      },
  ]
  return items.filter((item) => item !== false)
}

type Open = { what: 'menu' | 'emoji'; at: Place }

/** The menu of a message, and the emoji to react with; where they open is decided by who opens them. */
export function MessageMenu(props: {
  line: Line
  actions: MessageActions
  open: Open
  onChange: (open: Open | undefined) => void
}) {
  const { line, actions, open, onChange } = props
  if (open.what === 'emoji') {
    return (
      <EmojiPicker
        at={open.at}
        onPick={(emoji) => actions.react?.(line, emoji, true)}
        onClose={() => onChange(undefined)}
      />
    )
  }
  return (
    <Menu
      label="Message"
      at={open.at}
      items={menuOf(line, actions, () => onChange({ what: 'emoji', at: open.at }))}
      onClose={() => onChange(undefined)}
    />
  )
}

/** What shows beside a message that one points at or has the focus on. */
export function MessageTools({ line, actions }: { line: Line; actions: MessageActions }) {
  const [open, setOpen] = useState<Open>()
  const { react, reply } = actions
  return (
    <div class="tools" role="toolbar" aria-label="Message actions">
      {react !== undefined &&
        QUICK.map(([emoji, name]) => (
          <button
            key={emoji}
            type="button"
            aria-label={`React with ${name}`}
            title={`React with ${name}`}
            onClick={() => react(line, emoji, true)}
          >
            {emoji}
          </button>
        ))}
      {react !== undefined && (
        <button
          type="button"
          aria-label="React…"
          title="React…"
          onClick={(event) => setOpen({ what: 'emoji', at: placeOf(event.currentTarget) })}
        >
          <Smile />
        </button>
      )}
      {reply !== undefined && (
        <button
          type="button"
          aria-label="Reply in thread"
          title="Reply in thread"
          onClick={() => reply(line)}
        >
          <Reply />
        </button>
      )}
      <button
        type="button"
        aria-label="More actions"
        title="More actions"
        aria-haspopup="menu"
        aria-expanded={open?.what === 'menu'}
        onClick={(event) => setOpen({ what: 'menu', at: placeOf(event.currentTarget) })}
      >
        <More />
      </button>
      {open !== undefined && <MessageMenu line={line} actions={actions} open={open} onChange={setOpen} />}
    </div>
  )
}
