// Keeps the page itself (not the API) at hand, so that it opens without a network and what was written stays writable.
const CACHE = 'weft-page'
/** How long a page load waits for the network before what is at hand is shown. */
const PATIENCE_MS = 3000

/** Keeps a fresh page and the assets it names; whatever an older page needed goes. */
async function keep(response) {
  const cache = await caches.open(CACHE)
  const html = await response.clone().text()
  const assets = Array.from(html.matchAll(/(?:src|href)="(\/[^"]+)"/g), (match) => match[1])
  const held = new Set((await cache.keys()).map((request) => new URL(request.url).pathname))
  await cache.addAll(assets.filter((path) => !held.has(path)))
  await cache.put('/', response)
  for (const path of held) if (path !== '/' && !assets.includes(path)) await cache.delete(path)
}

async function page(event) {
  const fresh = fetch(event.request).then((response) => {
    if (response.ok) event.waitUntil(keep(response.clone()).catch(() => {}))
    return response
  })
  fresh.catch(() => {})
  const held = await caches.match('/')
  if (held === undefined) return fresh
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, held))
  return Promise.race([fresh, late]).catch(() => held)
}

self.addEventListener('install', (event) => {
  self.skipWaiting()
  event.waitUntil(fetch('/').then((response) => (response.ok ? keep(response) : undefined)))
})

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== location.origin || url.pathname.startsWith('/v1/'))
    return
  if (event.request.mode === 'navigate') event.respondWith(page(event))
  else event.respondWith(caches.match(url.pathname).then((held) => held ?? fetch(event.request)))
})
