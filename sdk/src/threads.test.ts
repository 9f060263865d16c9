import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { WeftError } from './errors.ts'
import type { WeftEvent } from './events.ts'
import { Http } from './http.ts'
import { ThreadBook } from './threads.ts'
import type { Message, Thread } from './types.ts'

const CHANNEL = 'c'
const ME = 'ada'
const ROOTS = 2
const WAIT = { interval: 1, timeout: 5_000 }
const at = (seq: number) => new Date(seq * 1000).toISOString()
const message = (seq: number, from: string, thread?: number): Message => ({
  channel: CHANNEL,
  seq,
  from,
  device: 'd',
  at: at(seq),
  cid: `x${seq}`,
  body: 'hello',
  ...(thread === undefined ? {} : { thread, reply_to: thread }),
})

/** What the server has, by the words of `Thread`: a channel of two messages of bob's, and what is replied to them. */
class Server {
  readonly messages: Message[] = [message(1, 'bob'), message(2, 'bob')]
  readonly marks = new Map<number, number>()
  failures = 0

  readonly fetch = (url: string | URL | Request): Promise<Response> => {
    if (this.failures > 0) {
      this.failures--
      return Promise.reject(new TypeError('no network'))
    }
    const one = /threads\/(\d+)$/.exec(url instanceof Request ? url.url : String(url))?.[1]
    const body = one === undefined ? { items: this.all(), next: null } : { thread: this.one(Number(one)) }
    return Promise.resolve(Response.json(body))
  }

  one(thread: number): Thread | undefined {
    const root = this.messages[thread - 1]
    const replies = this.messages.filter((reply) => reply.thread === thread)
    const last = replies.at(-1)
    if (!root || !last) return undefined
    const mine = replies.filter(({ from }) => from === ME).map(({ seq }) => seq)
    const read = Math.max(0, this.marks.get(thread) ?? 0, ...mine)
    return {
      channel: CHANNEL,
      thread,
      root: { ...root, thread_replies: { count: replies.length, last: last.seq } },
      replies: replies.length,
      last: { seq: last.seq, from: last.from, at: last.at },
      read,
      unread: replies.filter(({ seq, from, deleted }) => seq > read && from !== ME && !deleted).length,
      following: mine.length > 0 || replies.some(({ mentions }) => mentions?.includes(ME)),
    }
  }

  all(): Thread[] {
    return [1, 2].flatMap((thread) => this.one(thread) ?? [])
  }

  say(from: string, thread: number, mentions?: string[]): WeftEvent {
    const said = { ...message(this.messages.length + 1, from, thread), ...(mentions ? { mentions } : {}) }
    this.messages.push(said)
    return { kind: 'message', ...said }
  }

  delete(seq: number): WeftEvent | undefined {
    const found = this.messages[seq - 1]
    if (!found) return undefined
    const { mentions: _, ...rest } = found
    // Who is named stays so, as whoever follows a thread does.
    this.messages[seq - 1] = {
      ...rest,
      ...(found.mentions ? { mentions: found.mentions } : {}),
      body: '',
      deleted: true,
    }
    return { kind: 'deleted', channel: CHANNEL, seq }
  }

  read(thread: number, seq: number): WeftEvent | undefined {
    if (seq <= (this.marks.get(thread) ?? 0)) return undefined
    this.marks.set(thread, seq)
    return { kind: 'read', channel: CHANNEL, user: ME, seq, thread }
  }
}

function bookOf(server: Server, changed: (threads: readonly Thread[]) => void = () => undefined) {
  const http = new Http({ url: 'http://weft.test', fetch: server.fetch, timeoutMs: 1_000 })
  http.tokens = { get: () => Promise.resolve('t') }
  const problems: unknown[] = []
  const book = new ThreadBook({
    http,
    limits: { backoffBaseMs: 1, backoffMaxMs: 2 },
    me: () => ME,
    changed,
    problem: (error) => problems.push(error),
  })
  return { book, problems }
}
/** Of a message that was deleted the app keeps less. */
const shown = (thread: Thread | undefined) =>
  thread && { ...thread, root: { ...thread.root, mentions: undefined } }
const thread = fc.integer({ min: 1, max: ROOTS })
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('bob' as const), thread, named: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('me' as const), thread }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('here' as const), thread, back: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('elsewhere' as const), thread, back: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('delete' as const), back: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.constant({ op: 'fetch' as const }) },
  { weight: 1, arbitrary: fc.constant({ op: 'fail' as const }) },
  { weight: 2, arbitrary: fc.constant({ op: 'arrive' as const }) },
)

it('whatever comes in whichever order, each thread ends as the server has it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const server = new Server()
      const { book, problems } = bookOf(server)
      const coming: WeftEvent[] = []
      const here = new Map<number, number>()
      const arrive = () => {
        for (const event of coming.splice(0)) book.took(event)
      }
      const come = (event: WeftEvent | undefined) => event && coming.push(event)
      const fetches: Promise<unknown>[] = []
      for (const given of steps) {
        const head = server.messages.length
        if (given.op === 'bob') come(server.say('bob', given.thread, given.named ? [ME] : undefined))
        else if (given.op === 'me') come(server.say(ME, given.thread))
        else if (given.op === 'here') {
          const seq = Math.max(here.get(given.thread) ?? 0, head - given.back)
          here.set(given.thread, seq)
          book.read(CHANNEL, given.thread, seq)
        } else if (given.op === 'elsewhere') come(server.read(given.thread, Math.max(1, head - given.back)))
        else if (given.op === 'delete') come(server.delete(head - given.back))
        else if (given.op === 'fetch') {
          // Whatever the server had is told before its answer, as in a queue that is caught up.
          arrive()
          fetches.push(
            book.ofChannel(CHANNEL).catch((error: unknown) => expect(error).toBeInstanceOf(WeftError)),
          )
        } else if (given.op === 'fail') server.failures++
        else arrive()
      }
      arrive()
      await Promise.all(fetches)
      server.failures = 0
      await book.ofChannel(CHANNEL)
      for (const [root, seq] of here) come(server.read(root, seq))
      arrive()
      await vi.waitFor(() => {
        for (const wanted of server.all())
          expect(shown(book.get(CHANNEL, wanted.thread))).toEqual(shown(wanted))
      }, WAIT)
      expect(problems).toEqual([])
      book.stop()
    }),
    { numRuns: 150 },
  )
})

it('tells what changed, and forgets a thread that may not be seen any more', async () => {
  const server = new Server()
  const told: Thread[] = []
  const { book } = bookOf(server, (threads) => told.push(...threads))
  server.say('bob', 1)
  expect((await book.ofChannel(CHANNEL)).items).toMatchObject([{ thread: 1, unread: 1, following: false }])
  book.took(server.say('bob', 1, [ME]))
  book.took(server.say('bob', 2))
  expect(told).toMatchObject([{ thread: 1, replies: 2, unread: 2, following: true }])
  book.read(CHANNEL, 1, 4)
  expect(told.at(-1)).toMatchObject({ read: 4, unread: 0 })
  book.took({ kind: 'reaction', channel: CHANNEL, seq: 1, user: 'bob', emoji: '👍', on: true })
  expect(told.at(-1)?.root).toMatchObject({ reactions: [{ emoji: '👍', count: 1 }] })
  book.took({ kind: 'read', channel: CHANNEL, user: 'bob', seq: 4, thread: 1 })
  expect(told).toHaveLength(3)
})
