import { expect, test } from 'vitest'
import { KeyRing, seal, unseal } from '../../shared/fabric/keyring.ts'
import { keyOf } from '../../shared/fabric/wire/sealed.ts'
import { userIdSchema } from '../../shared/protocol/ids.ts'
import { connect, freshFabric } from './support.ts'

const user = (id: string) => userIdSchema.parse(id)

test('keys made at once over several connections are one key, and survive kill -9 of NATS', async () => {
  const { nats, fabric } = await freshFabric()
  const rings = await Promise.all([0, 1, 2].map(async () => KeyRing.open(await connect(nats.fabric))))
  const made = await Promise.all(
    rings.flatMap((ring) => [ring.ensure(user('ann')), ring.ensure(user('ann'))]),
  )
  expect(new Set(made.map((key) => key.export().toString('hex'))).size).toBe(1)
  const [key] = made
  if (key === undefined) throw new Error('no key')
  const sealed = seal(key, user('ann'), Buffer.from('the body'))
  expect(Buffer.from(sealed).toString('latin1')).not.toContain('body')

  await nats.kill()
  await nats.restart()
  const later = await KeyRing.open(await connect(nats.fabric))
  const found = await later.load(user('ann'))
  if (found === null) throw new Error('the key is gone')
  expect(Buffer.from(unseal(found, sealed)).toString()).toBe('the body')
  expect(await later.load(user('bob'))).toBeNull()
  expect(fabric.region).toBe('test')
})

test('names that objects have of their own are users like all others', async () => {
  const { fabric } = await freshFabric()
  const names = ['__proto__', 'constructor', 'toString'].map(user)
  const ring = await KeyRing.open(fabric)
  const made = await Promise.all(names.map((name) => ring.ensure(name)))
  const fresh = await KeyRing.open(fabric)
  for (const [i, name] of names.entries())
    expect((await fresh.load(name))?.export()).toEqual(made[i]?.export())
})

test('another key, or changed bytes, open nothing', async () => {
  const { fabric } = await freshFabric()
  const ring = await KeyRing.open(fabric)
  const [ann, bob] = [await ring.ensure(user('ann')), await ring.ensure(user('bob'))]
  const sealed = seal(ann, user('ann'), Buffer.from('the body'))
  expect(() => unseal(bob, sealed)).toThrow()
  expect(keyOf(sealed)).toBe('ann')
  const last = sealed.length - 1
  sealed[last] = (sealed[last] ?? 0) ^ 1
  expect(() => unseal(ann, sealed)).toThrow()
})
