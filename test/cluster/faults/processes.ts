import { oneOf } from '../../support/random.ts'
import { untilWhole } from '../probe.ts'
import type { Supervised } from '../supervised.ts'
import type { Fault } from '../target.ts'

/** So many different ones. */
export function chooseSome<T>(list: readonly T[], count: number, random: () => number): T[] {
  const left = [...list]
  return Array.from({ length: count }, () => {
    const chosen = oneOf(random, left)
    left.splice(left.indexOf(chosen), 1)
    return chosen
  })
}

const names = (processes: readonly Supervised[]) => processes.map(({ name }) => name).join(', ')

/** kill -9 of so many at once; they stay down until it is healed. */
export function killed(name: string, of: readonly Supervised[], count = 1, together = true): Fault {
  return {
    name,
    together,
    begin: async (random) => {
      const chosen = chooseSome(of, count, random)
      await Promise.all(chosen.map((process) => process.hold()))
      return {
        detail: `kill -9 of ${names(chosen)}`,
        heal: async () => {
          for (const process of chosen) process.release()
        },
      }
    },
  }
}

/** SIGSTOP of one, until it is healed. */
export function paused(name: string, of: readonly Supervised[]): Fault {
  return {
    name,
    together: true,
    begin: async (random) => {
      const chosen = oneOf(random, of)
      chosen.pause()
      return { detail: `SIGSTOP of ${chosen.name}`, heal: async () => chosen.resume() }
    },
  }
}

/** SIGTERM one after the other, each started again once it has drained, and the next only when it is ready. */
export function rolling(name: string, of: readonly Supervised[], readyMs: number): Fault {
  return {
    name,
    together: false,
    begin: async () => {
      const roll = async () => {
        for (const process of of) {
          await process.hold('SIGTERM')
          process.release()
          await untilWhole(() => process.missing(), readyMs)
        }
      }
      const rolled = roll()
      // What fails is for whoever heals to hear.
      rolled.catch(() => undefined)
      return {
        detail: `SIGTERM of ${names(of)}, one after the other`,
        heal: () => rolled,
      }
    },
  }
}
