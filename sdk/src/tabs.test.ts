import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { optionsOf, until } from '../test/helpers.ts'
import { ModelServer } from '../test/model-server.ts'
import { WeftClient } from './client.ts'
import type { MessageEvent } from './events.ts'
import { MemoryStore } from './store/memory.ts'
import type { Leadership } from './tabs.ts'

/** One lock for the "tabs" of this process, handed on in the order asked for, as Web Locks are. */
class Lock implements Leadership {
  #last: Promise<void> = Promise.resolve()

  acquire(_: string, signal: AbortSignal): Promise<() => void> {
    const before = this.#last
    let release = () => {}
    this.#last = new Promise((resolve) => {
      release = resolve
    })
    signal.addEventListener('abort', () => release())
    return before.then(() => {
      if (signal.aborted) throw new Error('aborted')
      return release
    })
  }
}

let server: ModelServer
let tabs: WeftClient[] = []
beforeEach(async () => {
  server = await ModelServer.start()
  server.addChannel('talk', ['ada', 'bob'])
})
afterEach(async () => {
  await Promise.all(tabs.map((tab) => tab.stop()))
  tabs = []
  await server.stop()
})

describe('two tabs', () => {
  const open = async (store: MemoryStore, lock: Lock, name: string) => {
    const tab = new WeftClient(
      { ...optionsOf(server, 'ada', { store, name }), shareTabs: true },
      { leadership: lock },
    )
    tabs.push(tab)
    const got: MessageEvent[] = []
    tab.on('message', (message) => got.push(message))
    await tab.start()
    await until(tab, () => tab.state.status === 'live', 'live')
    return { tab, got }
  }

  it('share one connection, see the same, and go on when the one that has it is closed', async () => {
    const [store, lock, name] = [new MemoryStore(), new Lock(), `tabs-${crypto.randomUUID()}`]
    const first = await open(store, lock, name)
    const second = await open(store, lock, name)
    expect(server.connected).toBe(1)
    expect(second.tab.channels.get('talk')).toMatchObject({ head: 0 })

    server.append('talk', 'bob', 'to both')
    await until(second.tab, () => second.got.length === 1 && first.got.length === 1, 'the message in both')
    const ack = await second.tab.send('talk', 'from the second').acked
    expect(ack.seq).toBe(2)
    second.tab.markRead('talk', 2)
    await until(first.tab, () => first.tab.channels.get('talk')?.read === 2, 'the read mark in the first')
    await expect(second.tab.send('nowhere', 'x').acked).rejects.toMatchObject({ code: 'forbidden' })
    expect(first.tab.outbox.list).toMatchObject([{ channel: 'nowhere', error: { code: 'forbidden' } }])

    await first.tab.stop()
    await until(
      second.tab,
      () => server.connected === 1 && second.tab.state.status === 'live',
      'the take-over',
    )
    server.append('talk', 'bob', 'after')
    await until(second.tab, () => second.got.length === 3, 'the next message')
    expect(second.got.map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect((await second.tab.send('talk', 'still here').acked).seq).toBe(4)
  })
})
