import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { type RunningWeft, startWeft, temporaryFolder } from '../support/weft.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const URL_IN_README = 'http://127.0.0.1:8080'
const run = promisify(execFile)

let weft: RunningWeft
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder('sdk-readme')
  weft = await startWeft(join(folder.path, 'data'))
})
afterAll(async () => {
  await weft.stop()
  await folder.remove()
})

/** The package as it would be published, where the example finds it. */
async function installSdk(): Promise<void> {
  const target = join(folder.path, 'node_modules', 'weft-sdk')
  await mkdir(target, { recursive: true })
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const options = ['-p', 'sdk/tsconfig.build.json', '--outDir', join(target, 'dist')]
  await run(process.execPath, [compiler, ...options], { cwd: ROOT }).catch((error: { stdout?: string }) => {
    throw new Error(`the SDK can’t be built: ${error.stdout ?? ''}`, { cause: error })
  })
  await copyFile(join(ROOT, 'sdk', 'package.json'), join(target, 'package.json'))
}

type Talker = { readonly said: string[]; readonly process: ChildProcess; say(line: string): void }

function talk(program: string, ...words: string[]): Talker {
  const child = spawn(process.execPath, [program, ...words], { stdio: ['pipe', 'pipe', 'pipe'] })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => said.push(line))
  return { said, process: child, say: (line) => void child.stdin.write(`${line}\n`) }
}

const heard = (talker: Talker, line: string) =>
  until(() => talker.said.includes(line), `“${line}” is read`).catch((error: unknown) => {
    throw new Error(`${String(error)}; instead: ${talker.said.join(' | ')}`)
  })

test('the chat in the SDK’s README has 20 lines at most, and two people can talk by it', async () => {
  const readme = await readFile(join(ROOT, 'sdk', 'README.md'), 'utf8')
  const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  expect(example).toContain(URL_IN_README)
  expect(example.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(20)
  await installSdk()
  const program = join(folder.path, 'chat.mjs')
  await writeFile(program, example.replace(URL_IN_README, weft.url))

  // Ada comes first, and waits until Bob has an account.
  const ada = talk(program, 'ada', 'secret-of-ada', 'bob')
  await heard(ada, '[live]')
  const bob = talk(program, 'bob', 'secret-of-bob', 'ada')
  const talkers = [ada, bob]
  try {
    ada.say('hello Bob')
    await Promise.all(talkers.map((talker) => heard(talker, 'ada: hello Bob')))
    bob.say('hello Ada')
    await Promise.all(talkers.map((talker) => heard(talker, 'bob: hello Ada')))
    // A second run logs in, and shows what was said.
    const again = talk(program, 'ada', 'secret-of-ada', 'bob')
    talkers.push(again)
    await heard(again, 'bob: hello Ada')
    expect(again.said.filter((line) => !line.startsWith('['))).toEqual(['ada: hello Bob', 'bob: hello Ada'])
    // The end of the input is the end of the program.
    for (const { process: child } of talkers) child.stdin?.end()
    await until(() => talkers.every(({ process: child }) => child.exitCode !== null), 'all have ended')
    expect(talkers.map(({ process: child }) => child.exitCode)).toEqual([0, 0, 0])
    expect(talkers.flatMap(({ said }) => said.filter((line) => line.startsWith('not sent')))).toEqual([])
  } finally {
    for (const { process: child } of talkers) child.kill('SIGKILL')
  }
})
