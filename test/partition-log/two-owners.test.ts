import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ensureFabric } from '../../shared/fabric/setup.ts'
import { startTestNats } from '../support/nats.ts'
import { believedLease, connect, log, logged, makeOwner, setup, write } from './support.ts'

type Step = { readonly owner: 0 | 1; readonly act: 'take-over' | 'write' | 'burst'; readonly wait: boolean }

const steps = fc.array(
  fc.record({
    owner: fc.constantFrom(0 as const, 1 as const),
    act: fc.constantFrom('take-over' as const, 'write' as const, 'write' as const, 'burst' as const),
    wait: fc.boolean(),
  }) satisfies fc.Arbitrary<Step>,
  { minLength: 4, maxLength: 30 },
)

test('two owners that both believe in their lease: every acked record stands once, and the one who lost ends', async () => {
  await using nats = await startTestNats()
  const fabrics = [await connect(nats.fabric), await connect(nats.fabric)] as const
  let region = 0
  const property = fc.asyncProperty(steps, async (schedule) => {
    // A region of its own gives each run an empty log.
    const ref = { region: `r${++region}`, kind: 'log', partition: 0 } as const
    const regional = fabrics.map((fabric) => ({ ...fabric, region: ref.region }))
    await ensureFabric({ ...fabrics[0], region: ref.region }, setup, log)
    const owners: (ReturnType<typeof makeOwner> | undefined)[] = [undefined, undefined]
    const all: ReturnType<typeof makeOwner>[] = []
    const acked: number[] = []
    const submitted = new Set<number>()
    const pending: Promise<unknown>[] = []
    let value = 0
    for (const { owner: who, act, wait } of schedule) {
      const fabric = regional[who]
      if (fabric === undefined) throw new Error('no such owner')
      if (act === 'take-over') {
        const owner = makeOwner(fabric, { ref, lease: believedLease(), name: `owner-${who}` })
        owners[who] = owner
        all.push(owner)
        const taking = owner.tenure.takeOver()
        pending.push(taking)
        if (wait) await taking
        continue
      }
      const owner = owners[who]
      if (owner === undefined) continue
      const writes = Array.from({ length: act === 'burst' ? 20 : 1 }, async () => {
        const mine = value++
        submitted.add(mine)
        if ((await write(owner.tenure, mine)) === 'committed') acked.push(mine)
      })
      pending.push(...writes)
      if (wait) await Promise.all(writes)
    }
    await Promise.all(pending)
    const stands = await logged({ ...fabrics[0], region: ref.region }, ref)
    expect(new Set(stands).size, 'nothing stands twice').toBe(stands.length)
    expect(acked.filter((one) => !stands.includes(one))).toEqual([])
    expect(stands.filter((one) => !submitted.has(one))).toEqual([])
    // Only one can write once more; every other one finds out when it tries, and ends.
    let alive = 0
    for (const owner of all.toReversed()) {
      const outcome = owner.machine.ended ? 'silence' : await write(owner.tenure, value++)
      if (outcome === 'committed') alive++
      else expect(owner.machine.ended || outcome !== 'silence').toBe(true)
    }
    expect(alive).toBeLessThanOrEqual(1)
    for (const owner of all) (owner.lease as ReturnType<typeof believedLease>).end()
  })
  await fc.assert(property, { numRuns: 15, endOnFailure: true })
})
