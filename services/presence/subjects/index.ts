import { subjects } from '../../../shared/fabric/registry.ts'
import { gauge } from '../../../shared/metrics/metrics.ts'
import type { PartitionContext } from '../context.ts'
import { onReport } from './report.ts'
import { onRules } from './rules.ts'

const users = gauge('weft_presence_users', 'Users of a presence partition that are there', ['partition'])
const watches = gauge('weft_presence_watches', 'Users that edges watch, once an edge', ['partition'])
const edges = gauge('weft_presence_edges', 'Edges that report to a presence partition', ['partition'])

/** All that the owner of a presence partition listens to and does by the clock. Returns the way to stop. */
export function openSubjects(context: PartitionContext): () => void {
  const { fabric, partition, term, people, config } = context
  const log = context.log.child({ partition, term })
  const { post, region } = fabric
  const closers = [
    post.listen(subjects.presenceIn(region, partition, term), log, onReport(context)),
    post.listen(subjects.presenceRules(region, partition, term), log, onRules(context)),
  ]
  const tick = setInterval(() => people.tick(), config.tickMs)
  const beat = setInterval(() => {
    people.beat()
    const stats = people.stats()
    users.set({ partition }, stats.users)
    watches.set({ partition }, stats.watches)
    edges.set({ partition }, stats.edges)
  }, config.beatMs)
  return () => {
    clearInterval(tick)
    clearInterval(beat)
    for (const close of closers) close()
    for (const one of [users, watches, edges]) one.remove({ partition })
  }
}
