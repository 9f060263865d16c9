import { signal } from '@preact/signals'
import type { Body, ChannelId, Client } from '../../sdk/src/mod.ts'
import { keep, recall } from './keep.ts'
import { textOf } from './lines.ts'

/** Typing goes on for so long before it is told to one's other devices, in milliseconds. */
const PAUSE_MS = 1_500

/** Under what it is kept: those of threads too, which the server keeps none of. */
const keyOf = (id: ChannelId, thread?: number) =>
  thread === undefined ? `draft.${id}` : `draft.${id}.${thread}`
const dirtyKeyOf = (id: ChannelId) => `dirty.${id}`

/** What was typed in each conversation and isn't sent: kept here at once, and in step with one's other devices. */
export class Drafts {
  readonly #client: Client
  readonly #texts = signal<ReadonlyMap<string, string>>(new Map())
  /** What the server has, as far as known. */
  readonly #saved = new Map<ChannelId, string>()
  readonly #timers = new Map<ChannelId, ReturnType<typeof setTimeout>>()

  constructor(client: Client) {
    this.#client = client
    client.on('settings', ({ draft }) => {
      if (isDraft(draft)) this.#told(draft.channel, draft.body === null ? '' : textOf(draft.body))
    })
  }

  of(id: ChannelId, thread?: number): string {
    const key = keyOf(id, thread)
    return this.#texts.value.get(key) ?? recall(key) ?? ''
  }
  write(id: ChannelId, thread: number | undefined, text: string): void {
    this.#put(keyOf(id, thread), text)
    if (thread !== undefined) return
    keep(dirtyKeyOf(id), text === (this.#saved.get(id) ?? '') ? undefined : 'yes')
    clearTimeout(this.#timers.get(id))
    this.#timers.set(
      id,
      setTimeout(() => void this.#save(id), PAUSE_MS),
    )
  }
  /** Once connected: tells what was typed meanwhile, and learns the rest. */
  async refresh(ids: readonly ChannelId[]): Promise<void> {
    try {
      const drafts = await this.#client.mine.drafts()
      for (const id of ids) {
        const body = drafts.get(id)
        this.#told(id, body === undefined ? '' : textOf(body))
        if (recall(dirtyKeyOf(id)) !== undefined) await this.#save(id)
      }
    } catch (error) {
      console.warn(error)
    }
  }

  /** What was typed here since is newer. */
  #told(id: ChannelId, text: string): void {
    this.#saved.set(id, text)
    if (recall(dirtyKeyOf(id)) === undefined && text !== this.of(id)) this.#put(keyOf(id), text)
  }
  #put(key: string, text: string): void {
    keep(key, text === '' ? undefined : text)
    this.#texts.value = new Map(this.#texts.value).set(key, text)
  }
  async #save(id: ChannelId): Promise<void> {
    const text = this.of(id)
    if (text.trim() === (this.#saved.get(id) ?? '').trim()) return keep(dirtyKeyOf(id), undefined)
    try {
      await this.#client.mine.setDraft(id, text.trim() === '' ? undefined : text)
      this.#saved.set(id, text)
      // Typed on while it was on its way: saved again after the pause.
      if (this.of(id) === text) keep(dirtyKeyOf(id), undefined)
    } catch (error) {
      console.warn(error)
    }
  }
}

function isDraft(draft: unknown): draft is { channel: ChannelId; body: Body | null } {
  return (
    typeof draft === 'object' &&
    draft !== null &&
    'channel' in draft &&
    typeof draft.channel === 'string' &&
    'body' in draft &&
    (draft.body === null || typeof draft.body === 'string' || typeof draft.body === 'object')
  )
}
