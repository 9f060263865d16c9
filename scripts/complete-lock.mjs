/**
 * Adds to package-lock.json the builds for other platforms that the registry in use doesn't serve. npm leaves those
 * out of the lock it writes, and `npm ci` then refuses that lock everywhere. Run it after each `npm install`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const LIBC = { musl: 'musl', musleabihf: 'musl', gnu: 'glibc', gnueabihf: 'glibc' }

/** What a platform package's name says about where it installs, e.g. `…/binding-linux-x64-musl`. */
export function platformOf(name) {
  const found =
    /(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|x64|ia32|ppc64|riscv64|s390x)(?:-(\w+))?$/.exec(
      name,
    )
  if (!found) return undefined
  const [, os, cpu, abi] = found
  const libc = os === 'linux' ? LIBC[abi] : undefined
  return { os: [os], cpu: [cpu], ...(libc ? { libc: [libc] } : {}) }
}

/** The lock with an entry for every optional dependency, and the names of those that were added. */
export function completeLock(lock) {
  const packages = { ...lock.packages }
  const added = []
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const own = `${path}/node_modules/${name}`
      const top = `node_modules/${name}`
      if (packages[own] || packages[top] || path === '') continue
      const platform = platformOf(name)
      if (!platform || !/^\d+\.\d+\.\d+/.test(version))
        throw new Error(`${name}@${version}: not the name of a platform`)
      packages[top] = { version, ...(entry.dev ? { dev: true } : {}), optional: true, ...platform }
      added.push(name)
    }
  }
  const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { lock: { ...lock, packages: sorted }, added }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { lock, added } = completeLock(JSON.parse(readFileSync('package-lock.json', 'utf8')))
  writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`${added.length} packages added`)
}
