import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { HttpAnswer, HttpRequest } from './uws.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
}
const COMPRESSED = new Set(['.html', '.js', '.css', '.json', '.map', '.webmanifest', '.svg', '.txt'])
/** The page is held in memory; a folder with more than this isn't one (bytes). */
const TOTAL_MAX_BYTES = 64 * 1024 * 1024

type File = {
  readonly body: Buffer
  readonly gzip: Buffer | null
  readonly headers: readonly (readonly [string, string])[]
  readonly etag: string
}
export type StaticFiles = (request: HttpRequest) => HttpAnswer | null

/** Serves the built page from memory; null for what isn't part of it. An absent folder serves nothing. */
export function staticFiles(folder: string, connectTo: readonly string[]): StaticFiles {
  const files = new Map<string, File>()
  const policy = contentSecurityPolicy(connectTo)
  let total = 0
  for (const path of filesIn(folder)) {
    const body = readFileSync(path)
    total += body.length
    if (total > TOTAL_MAX_BYTES) throw new Error(`${folder} holds more than a page: WEFT_WEB is wrong`)
    const url = `/${relative(folder, path).split(sep).join('/')}`
    const file = describe(url, body, policy)
    files.set(url, file)
    if (url === '/index.html') files.set('/', file)
  }
  return ({ method, path, header }) => {
    const file = files.get(path)
    if (file === undefined || (method !== 'GET' && method !== 'HEAD')) return null
    const { headers, etag, gzip, body } = file
    if (header('if-none-match') === etag) return { status: 304, headers, body: null }
    if (gzip !== null && /\bgzip\b/.test(header('accept-encoding')))
      return { status: 200, headers: [...headers, ['content-encoding', 'gzip']], body: gzip }
    return { status: 200, headers, body }
  }
}

function filesIn(folder: string): string[] {
  if (folder === '' || statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  )
}

function describe(url: string, body: Buffer, policy: string): File {
  const extension = extname(url)
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  const isPage = extension === '.html'
  return {
    body,
    gzip: COMPRESSED.has(extension) && body.length > 1024 ? gzipSync(body) : null,
    etag,
    headers: [
      ['content-type', TYPES[extension] ?? 'application/octet-stream'],
      // The build puts a hash of the content into the names of assets.
      ['cache-control', url.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'],
      ['etag', etag],
      ['vary', 'accept-encoding'],
      ...SECURITY_HEADERS,
      ...(isPage ? [['content-security-policy', policy] as const] : []),
    ],
  }
}

export const SECURITY_HEADERS: readonly (readonly [string, string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ['x-frame-options', 'DENY'],
  ['cross-origin-opener-policy', 'same-origin'],
]

/** Nothing but the page's own files runs, and it talks to its own edges only; people's pictures come from where they are. */
function contentSecurityPolicy(connectTo: readonly string[]): string {
  const origins = connectTo.flatMap((url) => {
    if (!URL.canParse(url)) return []
    const { protocol, host } = new URL(url)
    const http = protocol === 'wss:' || protocol === 'https:' ? 'https:' : 'http:'
    return [`${http}//${host}`, `${http === 'https:' ? 'wss:' : 'ws:'}//${host}`]
  })
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: https:",
    "font-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    `connect-src 'self' ${[...new Set(origins)].join(' ')}`.trim(),
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}
