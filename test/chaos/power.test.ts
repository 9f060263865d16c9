import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { settle, Talker, violations, wholeHistory } from '../support/conversation.ts'
import { http } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { startWeft, temporaryFolder } from '../support/weft.ts'

const ROUNDS = 20
const SECRET = 'a secret of the test, long enough for HS256'

test(`kill -9 of everything, ${ROUNDS} times over one data folder: every acked message stands once, in order, in both queues and in history`, {
  timeout: 300_000,
}, async () => {
  const folder = await temporaryFolder('power')
  const env = { WEFT_TOKEN_SECRET: SECRET }
  const tokens = { ann: mintToken(SECRET, 'ann'), bob: mintToken(SECRET, 'bob') }
  let weft = await startWeft(folder.path, env)
  try {
    const created = await http(weft.url, 'POST', '/v1/channels', {
      token: tokens.ann,
      body: { kind: 'direct', members: ['bob'] },
    })
    expect(created.status).toBe(201)
    const channel = (created.body['channel'] as { id: string }).id
    const talkers = [new Talker('ann', tokens.ann, channel), new Talker('bob', tokens.bob, channel)]
    await Promise.all(talkers.map((talker, i) => talker.arrive(weft.ws, `device${i}`)))
    for (let round = 0; round < ROUNDS; round++) {
      const talking = talkers.map((talker, i) => talker.talk(weft.ws, `device${i}`).catch(() => undefined))
      const acksBefore = talkers.map((talker) => talker.acked.length)
      // Struck at a random moment once both are being acked.
      await until(
        () => talkers.every((talker, i) => talker.acked.length > (acksBefore[i] ?? 0)),
        'both are acked',
      )
      await wait(randomInt(300))
      await weft.killGroup()
      await Promise.all(talking)
      weft = await startWeft(folder.path, env)
    }
    for (const talker of talkers) talker.finish()
    const history = await settle(
      talkers,
      (talker, i) => talker.talk(weft.ws, `device${i}`),
      () => wholeHistory(weft.url, tokens.ann, channel),
    )
    expect(violations(talkers, history)).toEqual([])
    expect(history.length).toBeGreaterThan(ROUNDS * 2)
  } catch (error) {
    throw new Error(`${String(error)}\n--- the last lines of weft:\n${weft.lastLines()}`, { cause: error })
  } finally {
    await weft.killGroup()
    await folder.remove()
  }
})
