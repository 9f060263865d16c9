/** An owner in a process of its own, for tests that freeze or kill it: serves, and says each answer on stdout. */
import { pino } from 'pino'
import { connectFabric } from '../../shared/fabric/connection.ts'
import { PartitionHost } from '../../shared/fabric/partition-log/host.ts'
import { workerIdSchema } from '../../shared/protocol/ids.ts'
import { Ledger, type Write } from './ledger.ts'

const [url = '', user = '', pass = '', name = ''] = process.argv.slice(2)
const log = pino({ level: 'silent' })
const fabric = await connectFabric({ servers: [url], region: 'test', user, pass }, name, log)
const say = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`)
const host = await PartitionHost.start<Write>({
  fabric,
  kind: 'log',
  partitions: 1,
  worker: workerIdSchema.parse(name),
  makeMachine: () => new Ledger(),
  log,
})
let value = Number(process.argv[6] ?? 0)
/** A new number every turn that the one before was answered in: so a commit is nearly always in flight. */
const next = () => {
  const tenure = host.tenure(0)
  if (tenure === undefined) return void setTimeout(next, 10)
  const mine = value++
  void Promise.race([
    new Promise<void>((resolve) =>
      tenure.submit({
        value: mine,
        done: (outcome) => {
          say({ value: mine, outcome: outcome === 'committed' ? outcome : outcome.code, at: Date.now() })
          resolve()
        },
      }),
    ),
    tenure.ended,
  ]).then(() => setImmediate(next))
}
setInterval(() => say({ tick: Date.now() }), 100)
next()
