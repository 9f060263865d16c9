import { readFileSync, writeFileSync } from 'node:fs'
import { allSettings } from '../services/all/config.ts'
import { chatSettings } from '../services/chat/config.ts'
import { edgeSettings } from '../services/edge/config.ts'
import { presenceSettings } from '../services/presence/config.ts'
import { storageSettings } from '../services/storage/config.ts'
import { syncSettings } from '../services/sync/config.ts'
import type { Setting } from '../shared/config/env.ts'
import { fabricSettings } from '../shared/config/fabric.ts'
import { tenureSettings } from '../shared/config/tenure.ts'
import { asyncApi } from './asyncapi.ts'
import { metricsDoc } from './metrics-doc.ts'
import { openApi } from './openapi.ts'
import { subjectsDoc } from './subjects-doc.ts'

/** The documents made from the code. `--check` fails where one on disk says something else. */
const withoutTenure = (settings: Readonly<Record<string, Setting<unknown>>>) =>
  Object.fromEntries(Object.entries(settings).filter(([key]) => !(key in tenureSettings)))

const SECTIONS: readonly [string, Readonly<Record<string, Setting<unknown>>>][] = [
  ['`npm start`', allSettings],
  ['Every service', fabricSettings],
  ['Edge', edgeSettings],
  ['Chat and sync', tenureSettings],
  ['Chat', withoutTenure(chatSettings)],
  ['Sync', withoutTenure(syncSettings)],
  ['Presence', presenceSettings],
  ['Storage', storageSettings],
]

function configuration(): string {
  const row = ({ name, fallback, doc }: Setting<unknown>) =>
    `| \`${name}\` | ${fallback === undefined || fallback === '' ? '' : `\`${fallback}\``} | ${doc.replaceAll('|', '\\|')} |`
  const section = ([title, settings]: (typeof SECTIONS)[number]) =>
    [
      `## ${title}`,
      '',
      '| variable | default | what |',
      '| --- | --- | --- |',
      ...Object.values(settings).map(row),
      '',
    ].join('\n')
  const head = ['# Configuration', '', 'Environment variables, made from the code by `npm run docs`.', '']
  return [...head, ...SECTIONS.map(section)].join('\n')
}

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
const pretty = (value: object) => `${JSON.stringify(value, null, 2)}\n`
const documents: Readonly<Record<string, string>> = {
  'docs/openapi.json': pretty(openApi(version)),
  'docs/asyncapi.json': pretty(asyncApi(version)),
  'docs/configuration.md': configuration(),
  'docs/metrics.md': metricsDoc(),
  'docs/subjects.md': subjectsDoc(),
}

const onDisk = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

const stale = Object.entries(documents).filter(([path, text]) => onDisk(path) !== text)
if (process.argv.includes('--check')) {
  for (const [path] of stale) process.stderr.write(`${path} is stale: run \`npm run docs\` and commit it\n`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else {
  for (const [path, text] of stale) writeFileSync(path, text)
  process.stderr.write(
    `docs: ${stale.length === 0 ? 'all up to date' : stale.map(([path]) => path).join(', ')}\n`,
  )
}
