import type { Report } from '../../checker/check.ts'
import type { Rule } from '../../checker/violations.ts'
import { freePort } from '../../support/processes.ts'
import { until } from '../../support/until.ts'
import { uuid7 } from '../actor.ts'
import type { MutantName } from './mutants.ts'
import type { Service, Stage } from './stage.ts'

/** The smallest run that shows a mutant: without it every promise holds, with it one of `kills` is broken. */
export type Scenario = {
  readonly mutant: MutantName
  readonly kills: readonly Rule[]
  readonly run: (stage: Stage) => Promise<Report>
}

const LOG_MAX_BYTES = 128 * 1024
const LARGE_TEXT = 'x'.repeat(8 * 1024)
const LARGE_SENDS = 40
const ROUNDS = 5
/** What a send to an owner that is none any more may wait (ms). */
const STALE_SEND_MS = 3_000

type Options = Parameters<Stage['start']>[1]
type Extras = {
  readonly storage?: Options
  readonly chat?: Options
  readonly sync?: Options
  readonly edge?: Options
}

/** One process of each service, and ann and bob in a channel of their own, both there and heard. */
async function setUp(stage: Stage, { storage = {}, chat = {}, sync = {}, edge = {} }: Extras = {}) {
  const [storages, syncs, chats] = await Promise.all([
    stage.start('storage', storage),
    stage.start('sync', sync),
    stage.start('chat', chat),
  ])
  const edges = await stage.start('edge', edge)
  const channel = await stage.direct(edges, 'ann', 'bob')
  const ann = stage.actor('ann')
  const bob = stage.actor('bob')
  await Promise.all([ann, bob].map((actor) => actor.arriveSomehow(edges.ws)))
  await stage.everyoneHears(channel, await ann.insist(channel, 'hello'))
  return { storage: storages, sync: syncs, chat: chats, edge: edges, ann, bob, channel }
}

const serves = (service: Service) => () => service.lastLines().includes('"serving a partition"')

/**
 * An owner stands still, another takes over and commits; the first wakes, believes in its lease, and an edge that hasn't
 * heard of it sends to the first. Only the fence of the stream is left.
 */
const fenceOff: Scenario = {
  mutant: 'fence-off',
  kills: ['acked-kept', 'one-order'],
  run: async (stage) => {
    const { chat, ann, bob, channel } = await setUp(stage, {
      chat: { worlds: ['leases-lie'] },
      edge: { worlds: ['news-is-lost'], env: { WEFT_EDGE_SEND_DEADLINE_MS: String(STALE_SEND_MS) } },
    })
    const [heir, elsewhere] = await Promise.all([stage.start('chat'), stage.start('edge')])
    chat.signal('SIGSTOP')
    await until(serves(heir), 'the other takes over')
    bob.leave()
    await bob.arriveSomehow(elsewhere.ws)
    const seq = await bob.insist(channel, 'to the owner')
    chat.signal('SIGCONT')
    // The stale owner finds out and says nothing, so her edge gives up.
    await ann.send(channel, 'to the one before')
    await stage.everyoneHears(channel, seq)
    return stage.judge(elsewhere)
  },
}

/** The log is full: what it refuses must not have been acked. */
const ackBeforePubAck: Scenario = {
  mutant: 'ack-before-puback',
  kills: ['acked-kept', 'one-order'],
  run: async (stage) => {
    // Whoever starts brings the streams to its own settings.
    const small = { env: { WEFT_STREAM_MAX_BYTES: String(LOG_MAX_BYTES) } }
    const { chat, edge, ann, channel } = await setUp(stage, {
      storage: small,
      chat: small,
      sync: small,
      edge: small,
    })
    for (let sent = 0; sent < LARGE_SENDS; sent++)
      if ((await ann.send(channel, `${sent} ${LARGE_TEXT}`)).kind !== 'ok') break
    await stage.kill(chat)
    await stage.start('chat')
    await stage.everyoneHears(channel, await ann.insist(channel, 'there is room again'))
    return stage.judge(edge)
  },
}

/** Messages are acked that the SYNC owner, who is away, can't take; then their owner dies too. */
const bundlesNotResumed: Scenario = {
  mutant: 'bundles-not-resumed',
  kills: ['acked-kept'],
  run: async (stage) => {
    const { chat, sync, edge, ann, channel } = await setUp(stage)
    await stage.kill(sync)
    await ann.insist(channel, 'nobody hands this on')
    await stage.kill(chat)
    await Promise.all([stage.start('chat'), stage.start('sync')])
    await stage.everyoneHears(channel, await ann.insist(channel, 'this they do'))
    return stage.judge(edge)
  },
}

/** Answers to bundles are lost, so bundles come again. */
const bundlesAppliedTwice: Scenario = {
  mutant: 'bundles-applied-twice',
  kills: ['once'],
  run: async (stage) => {
    const ops = await freePort()
    const { edge, ann, channel } = await setUp(stage, {
      chat: { env: { WEFT_OPS_PORT: String(ops) } },
      sync: { worlds: ['bundle-answers-lost'] },
    })
    const resent = async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${ops}/metrics`)).text()
      return Number(/^weft_bundle_resends_total\{why="unanswered"\} (\d+)/m.exec(metrics)?.[1] ?? 0)
    }
    for (let round = 0, before = await resent(); round < ROUNDS && (await resent()) === before; round++)
      await until(
        async () => (await ann.insist(channel, 'again').then(resent)) > before,
        'a bundle is sent again',
        { lookMs: 2_000 },
      )
    await stage.everyoneHears(channel, await ann.insist(channel, 'the last'))
    return stage.judge(edge)
  },
}

/** The very next message after a catch-up is the last there is. */
const registrationApart: Scenario = {
  mutant: 'registration-apart',
  kills: ['untold'],
  run: async (stage) => {
    const { edge, ann, bob, channel } = await setUp(stage)
    bob.leave()
    await ann.insist(channel, 'while bob is away')
    await bob.arriveSomehow(edge.ws)
    await stage.everyoneHears(channel, await ann.insist(channel, 'as bob comes'))
    return stage.judge(edge)
  },
}

/** A send is repeated after its owner died. */
const dedupeForgotten: Scenario = {
  mutant: 'dedupe-forgotten',
  kills: ['once'],
  run: async (stage) => {
    const { chat, edge, ann, channel } = await setUp(stage)
    const cid = uuid7()
    await ann.insist(channel, 'once', cid)
    await stage.kill(chat)
    await stage.start('chat')
    await stage.everyoneHears(channel, await ann.insist(channel, 'once', cid))
    return stage.judge(edge)
  },
}

/** Messages to an edge are lost; after one of them nothing follows that would show it. */
const beatsOff: Scenario = {
  mutant: 'beats-off',
  kills: ['untold'],
  run: async (stage) => {
    const { edge, ann, channel } = await setUp(stage, { sync: { worlds: ['events-lost'] } })
    for (let round = 0; round < ROUNDS; round++)
      if (!(await stage.everyoneHears(channel, await ann.insist(channel, `round ${round}`)))) break
    return stage.judge(edge)
  },
}

export const SCENARIOS: readonly Scenario[] = [
  fenceOff,
  ackBeforePubAck,
  bundlesNotResumed,
  bundlesAppliedTwice,
  registrationApart,
  dedupeForgotten,
  beatsOff,
]
