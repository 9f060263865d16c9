import { failAtStart } from '../../shared/run.ts'
import { startAll } from './start.ts'

try {
  const url = await startAll(process.env)
  process.stdout.write(`weft ready ${url}\n`)
} catch (error) {
  failAtStart('start', error)
}
