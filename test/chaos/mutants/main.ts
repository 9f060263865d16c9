/** `node test/chaos/mutants/main.ts [<mutant>…]`: what `npm run chaos -- --mutants` does, for working on one of them. */
import { runMutants } from './run.ts'

runMutants((line) => console.log(line), process.argv.slice(2)).then(
  (failed) => {
    process.exitCode = failed === 0 ? 0 : 1
  },
  (error: unknown) => {
    console.error(error)
    process.exitCode = 2
  },
)
