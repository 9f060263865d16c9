/**
 * Switches deliberate bugs on in the process that imports this first (`NODE_OPTIONS=--import=…/register.ts`): the names
 * in WEFT_MUTANT, separated by commas. The product's files stay as they are; what is loaded from them is another text.
 */
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Edit, edited, mutantNamed } from './mutants.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const names = (process.env['WEFT_MUTANT'] ?? '').split(',').filter((name) => name !== '')
const edits = new Map<string, Edit[]>()
for (const edit of names.flatMap((name) => mutantNamed(name).edits)) {
  const url = pathToFileURL(join(root, edit.file)).href
  edits.set(url, [...(edits.get(url) ?? []), edit])
}

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context)
    const mine = edits.get(url)
    if (mine === undefined) return loaded
    const { source } = loaded
    if (source === undefined || source === null) throw new Error(`${url} has no source to change`)
    const text = typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString('utf8')
    return { ...loaded, source: mine.reduce(edited, text) }
  },
})
