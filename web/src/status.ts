import { type ReadonlySignal, signal } from '@preact/signals'
import type { Client, UserStatus } from '../../sdk/src/mod.ts'

/** What one says of oneself, the same on every device. */
export class MyStatus {
  readonly #client: Client
  readonly #value = signal<UserStatus | undefined>(undefined)

  constructor(client: Client) {
    this.#client = client
    client.on('settings', ({ status }) => {
      if (status !== undefined) void this.#refresh()
    })
  }

  get value(): ReadonlySignal<UserStatus | undefined> {
    return this.#value
  }
  told(status: UserStatus | undefined): void {
    this.#value.value = status
  }
  /** `undefined` takes it away. */
  async set(status: UserStatus | undefined): Promise<void> {
    this.told((await this.#client.users.updateMe({ status: status ?? null })).status)
  }
  async #refresh(): Promise<void> {
    try {
      this.told((await this.#client.users.me()).status)
    } catch (error) {
      console.warn(error)
    }
  }
}
