import type { UserId } from '../../../shared/protocol/ids.ts'

/** What one said last of an emoji, and in which pack. */
type Word = { readonly on: boolean; readonly pack: number }
type OfEmoji = { readonly words: Map<UserId, Word>; on: number }

/** Who reacted to a message lately, by emoji: of each, how it ended. Said again over the store's, it changes nothing. */
export class Reactions {
  readonly #emoji = new Map<string, OfEmoji>()
  #size = 0

  /** How many words are held. */
  get size(): number {
    return this.#size
  }

  /** Undefined of one who said nothing of it lately. */
  of(emoji: string, user: UserId): boolean | undefined {
    return this.#emoji.get(emoji)?.words.get(user)?.on
  }

  /** Those that somebody added lately, and has not taken back. */
  added(): string[] {
    return [...this.#emoji].flatMap(([emoji, { on }]) => (on > 0 ? [emoji] : []))
  }

  say(emoji: string, user: UserId, word: Word): void {
    const known = this.#emoji.get(emoji) ?? { words: new Map<UserId, Word>(), on: 0 }
    this.#emoji.set(emoji, known)
    known.on += Number(word.on) - Number(known.words.get(user)?.on ?? false)
    if (!known.words.has(user)) this.#size++
    known.words.set(user, word)
  }

  /** Unless they said something of it in a later pack. */
  forget(emoji: string, user: UserId, pack: number): void {
    const known = this.#emoji.get(emoji)
    const word = known?.words.get(user)
    if (known === undefined || word === undefined || word.pack > pack) return
    known.on -= Number(word.on)
    known.words.delete(user)
    this.#size--
    if (known.words.size === 0) this.#emoji.delete(emoji)
  }
}
