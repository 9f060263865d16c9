import type { Store } from '../../store.ts'
import type { Role } from '../database.ts'
import type { GroupBytes } from './group-bytes.ts'

/** What a thread opens. */
export type ThreadData = { readonly path: string; readonly role: Role }

/** What a thread can be asked: the store's own methods, and groups as bytes. */
export type Method = Exclude<keyof Store, 'apply' | 'close'>
type CallOf<M extends Method> = { readonly method: M; readonly args: Parameters<Store[M]> }
export type Call = { [M in Method]: CallOf<M> }[Method]

export type ToThread =
  | { readonly t: 'call'; readonly id: number; readonly call: Call }
  | { readonly t: 'apply'; readonly id: number; readonly group: GroupBytes }
  | { readonly t: 'close' }

export type FromThread =
  | { readonly t: 'ready' }
  | { readonly t: 'refused'; readonly why: string }
  | { readonly t: 'done'; readonly id: number; readonly value: unknown }
  | { readonly t: 'failed'; readonly id: number; readonly error: Error }
