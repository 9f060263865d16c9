import { onArrows, type Place, Popover } from './popover.tsx'

const COLUMNS = 8
/** Each with the name that a screen reader says. */
const EMOJI: readonly (readonly [string, string])[] = [
  ['👍', 'thumbs up'],
  ['❤️', 'heart'],
  ['😂', 'tears of joy'],
  ['🎉', 'party'],
  ['😮', 'surprised'],
  ['😢', 'crying'],
  ['🙏', 'thank you'],
  ['👀', 'eyes'],
  ['😀', 'grinning'],
  ['😊', 'smiling'],
  ['😉', 'winking'],
  ['😍', 'in love'],
  ['😘', 'kiss'],
  ['😎', 'cool'],
  ['🤔', 'thinking'],
  ['😅', 'nervous laugh'],
  ['🙂', 'slight smile'],
  ['🙃', 'upside down'],
  ['😴', 'sleeping'],
  ['😬', 'grimace'],
  ['😭', 'loud crying'],
  ['😡', 'angry'],
  ['🤯', 'mind blown'],
  ['🥳', 'celebrating'],
  ['👋', 'waving'],
  ['👏', 'clapping'],
  ['🙌', 'raised hands'],
  ['💪', 'strong'],
  ['🤝', 'handshake'],
  ['👌', 'ok'],
  ['👎', 'thumbs down'],
  ['🤞', 'fingers crossed'],
  ['✅', 'done'],
  ['❌', 'no'],
  ['❓', 'question'],
  ['❗', 'important'],
  ['⭐', 'star'],
  ['🔥', 'fire'],
  ['💯', 'hundred'],
  ['🚀', 'rocket'],
  ['💡', 'idea'],
  ['🐛', 'bug'],
  ['☕', 'coffee'],
  ['🍕', 'pizza'],
  ['🍰', 'cake'],
  ['🌈', 'rainbow'],
  ['☀️', 'sun'],
  ['🌊', 'wave'],
]

/** What stands ready beside a message. */
export const QUICK = EMOJI.slice(0, 3)

export function EmojiPicker(props: { at: Place; onPick: (emoji: string) => void; onClose: () => void }) {
  return (
    <Popover at={props.at} class="emoji-picker" onClose={props.onClose}>
      <div
        class="emoji-grid"
        role="group"
        aria-label="Choose an emoji"
        onKeyDown={(event) => onArrows(event, COLUMNS)}
      >
        {EMOJI.map(([emoji, name], index) => (
          <button
            key={emoji}
            type="button"
            tabIndex={index === 0 ? 0 : -1}
            aria-label={name}
            title={name}
            onClick={() => {
              props.onClose()
              props.onPick(emoji)
            }}
          >
            {emoji}
          </button>
        ))}
      </div>
    </Popover>
  )
}
