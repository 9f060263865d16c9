/** One place of the product's source that is replaced as a process loads it. */
export type Edit = {
  /** Below the repository's root. */
  readonly file: string
  /** Stands there exactly once. */
  readonly find: string
  readonly replace: string
}

/** A deliberate bug: a promise rests on what it takes away. */
export type Mutant = { readonly name: string; readonly what: string; readonly edits: readonly Edit[] }

export const MUTANTS = {
  'fence-off': {
    name: 'fence-off',
    what: 'a commit that was refused, since somebody else has written, counts as done',
    edits: [
      {
        file: 'shared/fabric/partition-log/commit.ts',
        find: `        return Buffer.from(found).equals(bytes)
          ? { kind: 'committed' }
          : { kind: 'conflict', found: expectedLast + 1 }`,
        replace: `        return { kind: 'committed' }`,
      },
    ],
  },
  'ack-before-puback': {
    name: 'ack-before-puback',
    what: 'a send is acked when it is planned, and committed after',
    edits: [
      {
        file: 'services/chat/machine/plan-send.ts',
        find: `    answer({ request, ok: true, seq, at, duplicate: false })
  })`,
        replace: `  })
  answer({ request, ok: true, seq, at, duplicate: false })`,
      },
      {
        file: 'services/chat/machine/chat-machine.ts',
        find: `(answer) => this.#answer(send.edge, answer), this.#to)`,
        replace: `(answer) => { this.#answer(send.edge, answer); queueMicrotask(() => this.#flushAnswers()) }, this.#to)`,
      },
    ],
  },
  'bundles-not-resumed': {
    name: 'bundles-not-resumed',
    what: 'who takes a LOG partition over forgets what the owner before had not handed on',
    edits: [
      {
        file: 'services/chat/machine/chat-machine.ts',
        find: `this.#remade.get(syncPartition) ?? [],`,
        replace: `[],`,
      },
    ],
  },
  'bundles-applied-twice': {
    name: 'bundles-applied-twice',
    what: 'a bundle is taken in without a look at its position',
    edits: [
      {
        file: 'services/sync/machine/intake.ts',
        find: `    if (compare(position, stand) <= 0) return 'known'
    return compare(previous, stand) === 0 ? 'next' : 'gap'`,
        replace: `    return position.pack === 0 ? 'known' : compare(previous, stand) <= 0 ? 'next' : 'gap'`,
      },
    ],
  },
  'registration-apart': {
    name: 'registration-apart',
    what: 'catch-up and registration are two steps, and what is committed between them is in neither',
    edits: [
      {
        file: 'services/sync/machine/register.ts',
        find: `    edges.attach(queue, link, entry)
    return { ...answer('live', page), passing }`,
        replace: `    setTimeout(() => edges.attach(queue, link, entry), 2_000)
    return { ...answer('live', page), passing }`,
      },
    ],
  },
  'dedupe-forgotten': {
    name: 'dedupe-forgotten',
    what: 'who takes a LOG partition over forgets which cids it has seen',
    edits: [
      {
        file: 'services/chat/machine/replay.ts',
        find: `    state.cids.add(known.id, record.from, record.cid, { seq, at }, place.pack)`,
        replace: ``,
      },
      {
        file: 'services/chat/machine/chat-machine.ts',
        find: `    else this.state.cids.restore(known)
  }`,
        replace: `  }`,
      },
    ],
  },
  'beats-off': {
    name: 'beats-off',
    what: 'an edge does not compare a beat’s number with what it has seen',
    edits: [
      {
        file: 'services/edge/session/feeds.ts',
        find: `    const expected = batch.beat ? feed.seen : feed.seen + 1`,
        replace: `    if (batch.beat) return 'ok'
    const expected = feed.seen + 1`,
      },
    ],
  },
} as const satisfies Readonly<Record<string, Mutant>>

/** Bad luck that the product has to live with, made frequent: with these alone, every promise holds. */
export const WORLDS = {
  'leases-lie': {
    name: 'leases-lie',
    what: 'an owner believes in its lease for ever: its clock stands still, and it hears of nobody else’s',
    edits: [
      {
        file: 'shared/fabric/partition-log/lease.ts',
        find: `    return !this.#over && performance.now() < this.#validUntil`,
        replace: `    return !this.#over`,
      },
      {
        file: 'shared/fabric/partition-log/lease.ts',
        find: `    if (left <= 0) this.#finish()
    else this`,
        replace: `    if (left > 0) this`,
      },
      {
        file: 'shared/fabric/partition-log/lease.ts',
        find: `'the lease is somebody else’s now')
      this.#finish()`,
        replace: `'the lease is somebody else’s now')`,
      },
    ],
  },
  'news-is-lost': {
    name: 'news-is-lost',
    what: 'an edge hears of the first owner of a partition and of no other',
    edits: [
      {
        file: 'shared/fabric/directory.ts',
        find: `if (lease.state === 'active') this.#learn(entry.key, lease.term)`,
        replace: `if (lease.state === 'active' && !this.#known.terms.has(entry.key))
        this.#learn(entry.key, lease.term)`,
      },
    ],
  },
  'bundle-answers-lost': {
    name: 'bundle-answers-lost',
    what: 'every other answer to a bundle is lost',
    edits: [
      {
        file: 'services/sync/service.ts',
        find: `
        post.send(subjects.bundled(region, logPartition, term), bytes),`,
        replace: `        {
          const lost = Reflect.get(globalThis, 'weftAnswerLost') !== true
          Reflect.set(globalThis, 'weftAnswerLost', lost)
          if (!lost) post.send(subjects.bundled(region, logPartition, term), bytes)
        },`,
      },
    ],
  },
  'events-lost': {
    name: 'events-lost',
    what: 'every third message with events to an edge is lost',
    edits: [
      {
        file: 'services/sync/machine/edge-link.ts',
        find: `    const { incarnation } = this
`,
        replace: `    const { incarnation } = this
    if (!beat && this.#number % 3 === 0) return
`,
      },
    ],
  },
} as const satisfies Readonly<Record<string, Mutant>>

export type MutantName = keyof typeof MUTANTS
export type WorldName = keyof typeof WORLDS

/** By name, of both kinds. Throws for a name that isn't there. */
export function mutantNamed(name: string): Mutant {
  const all: Readonly<Record<string, Mutant>> = { ...MUTANTS, ...WORLDS }
  const found = all[name]
  if (found === undefined) throw new Error(`there is no mutant ${JSON.stringify(name)}`)
  return found
}

/** The source with the edit done. Throws if its text doesn't stand there exactly once. */
export function edited(source: string, { file, find, replace }: Edit): string {
  const parts = source.split(find)
  if (parts.length !== 2)
    throw new Error(`${file}: the text of a mutant stands there ${parts.length - 1} times, not once: ${find}`)
  return parts.join(replace)
}
