import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Actor } from '../chaos/actor.ts'
import { Book } from '../chaos/book.ts'
import { http } from '../support/raw-client.ts'
import { mintToken } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { startWeft, temporaryFolder } from '../support/weft.ts'

const SECRET = 'a secret of the test, long enough for HS256'
/** More than a page of history, and than a line of a queue. */
const SENDS = 520

const judge = (...args: string[]) =>
  spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', 'test/checker/main.ts', ...args], {
    encoding: 'utf8',
  })

test('the checker reads the final state of a run by itself, and judges it', async () => {
  const folder = await temporaryFolder('checker')
  const weft = await startWeft(folder.path, { WEFT_TOKEN_SECRET: SECRET })
  try {
    const path = join(folder.path, 'history.jsonl')
    const book = new Book(path)
    book.write({ type: 'run', seed: 1, shape: 'embedded', started: new Date().toISOString(), secret: SECRET })
    const [ann, bob] = ['ann', 'bob'].map((user) => new Actor(book, SECRET, user))
    if (ann === undefined || bob === undefined) throw new Error('nobody is there')
    await Promise.all([ann.arrive(weft.ws), bob.arrive(weft.ws)])
    const made = await http(weft.url, 'POST', '/v1/channels', {
      token: mintToken(SECRET, 'ann'),
      body: { kind: 'direct', members: ['bob'] },
    })
    const channel = (made.body['channel'] as { id: string }).id
    book.write({ type: 'channel', channel, kind: 'direct', members: ['ann', 'bob'] })
    const sends = Array.from({ length: SENDS }, (_, index) => ann.send(channel, `text ${index}`))
    const outcomes = await Promise.all(sends)
    expect(outcomes.filter(({ kind }) => kind !== 'ok')).toEqual([])
    await until(() => ann.hasHeard(channel, SENDS) && bob.hasHeard(channel, SENDS), 'both have heard it all')
    book.write({ type: 'quiet' })
    for (const actor of [ann, bob]) actor.leave()
    const unread = join(folder.path, 'unread.jsonl')
    copyFileSync(path, unread)

    const good = judge(path, weft.url)
    expect(good.stderr).toBe('')
    expect(good.stdout).toMatch(new RegExp(`${SENDS} messages.* 0 violations\n$`))
    expect(good.status).toBe(0)

    // The same file with another text asked for than stands in the channel.
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace('"text 7"', '"text 8"'))
    const altered = judge(path)
    expect(altered.stdout).toMatch(/^altered: .*ann.*lines/)
    expect(altered.status).toBe(1)

    const cases: [string, (lines: string[]) => string[], string[]][] = [
      ['the final state stands there', () => text.trimEnd().split('\n'), [weft.url]],
      ['no secret', (lines) => lines.toSpliced(0, 1, changed(lines[0], { secret: undefined })), [weft.url]],
      ['another secret', (lines) => lines.toSpliced(0, 1, changed(lines[0], { secret: 'x' })), [weft.url]],
      ['final state is missing', (lines) => lines, []],
    ]
    for (const [name, to, edges] of cases) {
      writeFileSync(path, `${to(readFileSync(unread, 'utf8').trimEnd().split('\n')).join('\n')}\n`)
      const refused = judge(path, ...edges)
      expect([name, refused.status, refused.stderr.startsWith('can’t be judged')]).toEqual([name, 2, true])
    }
  } finally {
    await weft.stop()
    await folder.remove()
  }
})

test('the command says how it is used', () => {
  const { status, stderr } = judge()
  expect([status, stderr.startsWith('usage:')]).toEqual([2, true])
})

function changed(line: string | undefined, fields: { readonly secret: string | undefined }): string {
  return JSON.stringify({ ...JSON.parse(line ?? '{}'), ...fields })
}
