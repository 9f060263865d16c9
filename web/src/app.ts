import type { ReadonlySignal } from '@preact/signals'
import type { Timeline } from './timeline.ts'
import type { Conversation, Line, Person } from './types.ts'

export type Link = 'online' | 'connecting' | 'offline' | 'replaced'

export interface App {
  me: ReadonlySignal<Person | undefined>
  link: ReadonlySignal<Link>
  slow: ReadonlySignal<boolean>
  loaded: ReadonlySignal<boolean>
  watching: ReadonlySignal<boolean>
  conversations: ReadonlySignal<readonly Conversation[]>
  unreadTotal: ReadonlySignal<number>
  unsent: ReadonlySignal<number>
  freshAfter: ReadonlySignal<number>
  signUp(name: string, password: string): Promise<void>
  logIn(name: string, password: string): Promise<void>
  logOut(): Promise<void>
  reconnect(): void
  nameOf(id: string): string
  find(name: string): Promise<Person>
  startDirect(person: Person): Promise<string>
  startGroup(name: string, people: readonly Person[]): Promise<string>
  members(id: string): Promise<(Person & { role?: string })[]>
  add(id: string, person: Person): Promise<void>
  leave(id: string): Promise<void>
  timelineOf(id: string): Timeline
  linesOf(id: string): ReadonlySignal<readonly Line[]>
  open(id: string): Promise<void>
  close(id: string): void
  markRead(id: string, seq: number): void
  send(id: string, text: string): void
  retry(id: string, key: string): void
  discard(id: string, key: string): void
}
