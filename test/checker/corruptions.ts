import type { Line } from './history.ts'
import type { Rule } from './violations.ts'

/**
 * A known way for a history to be wrong: `apply` does it to a good one, at a place chosen by `random`, or gives null if
 * this history has no such place. The checker must name one of `rules`.
 */
export type Corruption = {
  readonly name: string
  readonly rules: readonly Rule[]
  readonly apply: (lines: readonly Line[], random: () => number) => Line[] | null
}

type Of<T extends Line['type']> = Extract<Line, { type: T }>
type Answer<F extends string> = Extract<Line, { type: 'ok'; f: F }>

/** Where lines of a type stand that fit. */
function placesOf<T extends Line['type']>(
  lines: readonly Line[],
  type: T,
  fits: (line: Of<T>, index: number) => boolean = () => true,
): number[] {
  const is = (line: Line): line is Of<T> => line.type === type
  return lines.flatMap((line, index) => (is(line) && fits(line, index) ? [index] : []))
}

const pick = (places: readonly number[], random: () => number): number | null =>
  places[Math.floor(random() * places.length)] ?? null

/** With the line at a random fitting place changed; an empty list drops it. */
function change<T extends Line['type']>(
  type: T,
  fits: (line: Of<T>, index: number, lines: readonly Line[]) => boolean,
  to: (line: Of<T>, random: () => number, lines: readonly Line[]) => readonly Line[],
): Corruption['apply'] {
  return (lines, random) => {
    const place = pick(
      placesOf(lines, type, (line, index) => fits(line, index, lines)),
      random,
    )
    const line = place === null ? undefined : lines[place]
    if (place === null || line === undefined) return null
    return [...lines.slice(0, place), ...to(line as Of<T>, random, lines), ...lines.slice(place + 1)]
  }
}

/** Every line that may hold this, changed. */
const everywhere = (lines: readonly Line[], to: (line: Line) => Line): Line[] => lines.map(to)

const isMessage = ({ kind }: { readonly kind: string }) => kind === 'message'

const ackedIn = (lines: readonly Line[], seq: number, channel: string): boolean => {
  const ops = new Set(
    lines.flatMap((line) =>
      line.type === 'invoke' && line.f === 'send' && line.channel === channel ? [line.op] : [],
    ),
  )
  return lines.some(
    (line) =>
      (line.type === 'ok' && line.f === 'send' && line.seq === seq && ops.has(line.op)) ||
      (line.type === 'sent' && line.channel === channel && line.seq === seq),
  )
}

/** Acked when the request went out. */
const ackedBefore = (lines: readonly Line[], op: number, seq: number, channel: string): boolean =>
  ackedIn(
    lines.slice(
      0,
      lines.findIndex((line) => line.type === 'invoke' && line.op === op),
    ),
    seq,
    channel,
  )

const headOf = (lines: readonly Line[], channel: string): number =>
  Math.max(
    0,
    ...lines.flatMap((line) =>
      line.type === 'final-history' && line.channel === channel ? line.items.map(({ seq }) => seq) : [],
    ),
  )

const answer =
  <F extends Answer<string>['f']>(
    f: F,
    fits: (line: Answer<F>, index: number, lines: readonly Line[]) => boolean,
  ) =>
  (line: Of<'ok'>, index: number, lines: readonly Line[]): boolean =>
    line.f === f && fits(line as Answer<F>, index, lines)

const asked = (lines: readonly Line[], op: number) =>
  lines.find((line): line is Of<'invoke'> => line.type === 'invoke' && line.op === op)

/** The channel's last message is gone from every history and queue, as after a lost tail. */
const loseTail: Corruption['apply'] = (lines, random) => {
  const channels = lines.flatMap((line) => (line.type === 'channel' ? [line.channel] : []))
  const acked = channels.filter((channel) => ackedIn(lines, headOf(lines, channel), channel))
  const channel = acked[Math.floor(random() * acked.length)]
  if (channel === undefined) return null
  const head = headOf(lines, channel)
  return everywhere(lines, (line) => {
    if (line.type === 'final-history' && line.channel === channel)
      return { ...line, items: line.items.filter(({ seq }) => seq !== head) }
    return line
  })
}

/** A message is gone from one queue, which closes over it. */
const skipInQueue: Corruption['apply'] = change(
  'final-queue',
  ({ events }) => events.slice(0, -1).some(isMessage),
  (line, random) => {
    const places = line.events.slice(0, -1).flatMap((event, index) => (isMessage(event) ? [index] : []))
    const place = pick(places, random) ?? 0
    const gone = line.events[place]
    const events = line.events.flatMap((event, index) =>
      index === place
        ? []
        : index === place + 1 && gone !== undefined
          ? [{ ...event, prev: gone.prev }]
          : [event],
    )
    return [{ ...line, events }]
  },
)

/** Two messages have changed places for one reader. */
const swapForOne: Corruption['apply'] = change(
  'final-history',
  ({ items }) => items.length > 1,
  (line, random) => {
    const place = Math.floor(random() * (line.items.length - 1))
    const [one, two] = [line.items[place], line.items[place + 1]]
    if (one === undefined || two === undefined) return [line]
    const items = line.items.with(place, { ...two, seq: one.seq }).with(place + 1, { ...one, seq: two.seq })
    return [{ ...line, items }]
  },
)

/** Two sends of one connection are acked in another order than they went out. */
const reorderSends: Corruption['apply'] = (lines, random) => {
  const pairs = lines.flatMap((line, index) => {
    const next = lines[index + 1]
    const isPair =
      line.type === 'invoke' &&
      line.f === 'send' &&
      next?.type === 'invoke' &&
      next.f === 'send' &&
      next.client === line.client
    if (!isPair) return []
    const both = [line.op, next.op].every((op) =>
      lines.some((other) => other.type === 'ok' && other.f === 'send' && other.op === op && !other.duplicate),
    )
    return both && line.channel === next.channel ? [index] : []
  })
  const place = pick(pairs, random)
  const [one, two] = place === null ? [] : [lines[place], lines[place + 1]]
  if (place === null || one === undefined || two === undefined) return null
  return [...lines.slice(0, place), two, one, ...lines.slice(place + 2)]
}

/** In one session, two neighbouring events carry each other's content. */
const swapEvents: Corruption['apply'] = (lines, random) => {
  const places = placesOf(lines, 'event', (line, index) => {
    const next = lines[index + 1]
    return next?.type === 'event' && next.session === line.session && isMessage(line) && isMessage(next)
  })
  const place = pick(places, random)
  const [one, two] = place === null ? [] : [lines[place], lines[place + 1]]
  if (place === null || one?.type !== 'event' || two?.type !== 'event') return null
  const swapped = [
    { ...two, cursor: one.cursor, prev: one.prev },
    { ...one, cursor: two.cursor, prev: two.prev },
  ]
  return [...lines.slice(0, place), ...swapped, ...lines.slice(place + 2)]
}

/** The same send stands twice at the end of its channel. */
const storeTwice: Corruption['apply'] = (lines, random) => {
  const channels = lines.flatMap((line) =>
    line.type === 'channel' && headOf(lines, line.channel) > 0 ? [line.channel] : [],
  )
  const channel = channels[Math.floor(random() * channels.length)]
  if (channel === undefined) return null
  const head = headOf(lines, channel)
  return everywhere(lines, (line) => {
    const last = line.type === 'final-history' && line.channel === channel ? line.items.at(-1) : undefined
    if (line.type !== 'final-history' || last?.seq !== head) return line
    return { ...line, items: [...line.items, { ...last, seq: head + 1 }] }
  })
}

/** Whoever was there at the end misses the last message, without a sign. */
const forgetLast: Corruption['apply'] = (lines, random) => {
  const quiet = lines.findIndex(({ type }) => type === 'quiet')
  const sessions = placesOf(lines, 'closed', (_, index) => index > quiet)
  const place = pick(sessions, random)
  const closed = place === null ? undefined : lines[place]
  if (closed?.type !== 'closed') return null
  const ofSession = placesOf(lines, 'event', ({ session }) => session === closed.session)
  const last = ofSession.at(-1)
  const line = last === undefined ? undefined : lines[last]
  if (last === undefined || line?.type !== 'event' || !isMessage(line)) return null
  // Told in the catch-up: then `synced` would name it.
  if (lines.slice(last).some((other) => other.type === 'synced' && other.session === closed.session))
    return null
  return lines.toSpliced(last, 1)
}

const sdkForgets: Corruption['apply'] = (lines, random) => {
  const left = new Set(lines.flatMap((line) => (line.type === 'left' ? [line.client] : [])))
  const places = placesOf(
    lines,
    'told',
    ({ client, channel, seq }) =>
      !left.has(client) &&
      seq === headOf(lines, channel) &&
      lines.some(
        (line) =>
          line.type === 'told' && line.client === client && line.channel === channel && line.seq < seq,
      ),
  )
  const place = pick(places, random)
  return place === null ? null : lines.toSpliced(place, 1)
}

const renumber = (cursor: string, by: number): string =>
  cursor.replace(/\d+$/, (n) => String(Math.max(0, Number(n) + by)))

export const CORRUPTIONS: readonly Corruption[] = [
  { name: 'the last acked message is lost', rules: ['acked-kept'], apply: loseTail },
  {
    name: 'a message is missing in the middle of a final history',
    rules: ['dense', 'acked-kept'],
    apply: change(
      'final-history',
      ({ items }) => items.length > 2,
      (line) => [{ ...line, items: line.items.toSpliced(1, 1) }],
    ),
  },
  { name: 'a queue skips a message', rules: ['acked-kept', 'dense'], apply: skipInQueue },
  {
    name: 'a queue ends early',
    rules: ['acked-kept', 'dense'],
    apply: change(
      'final-queue',
      ({ events, user }, index, lines) => {
        const last = events.at(-1)
        const later = lines.slice(index + 1)
        return (
          last !== undefined &&
          isMessage(last) &&
          !later.some((line) => line.type === 'final-queue' && line.user === user)
        )
      },
      (line) => [{ ...line, events: line.events.slice(0, -1) }],
    ),
  },
  {
    name: 'a message of the final history is another one than was acked',
    rules: ['acked-kept', 'one-order'],
    apply: change(
      'final-history',
      ({ items }) => items.length > 0,
      (line) => [
        { ...line, items: line.items.map((item, i) => (i === 0 ? { ...item, cid: 'other' } : item)) },
      ],
    ),
  },
  { name: 'two readers see two orders', rules: ['one-order', 'acked-kept'], apply: swapForOne },
  {
    name: 'an ack names another seq than its message has',
    rules: ['one-order', 'once', 'acked-kept'],
    apply: change(
      'ok',
      answer('send', ({ seq }) => seq > 1),
      (line) => [line.f === 'send' ? { ...line, seq: line.seq - 1 } : line],
    ),
  },
  { name: 'pipelined sends commit in another order', rules: ['send-order'], apply: reorderSends },
  { name: 'a send is stored twice', rules: ['once'], apply: storeTwice },
  {
    name: 'a repeat is acked as another message',
    rules: ['once', 'one-order'],
    apply: change(
      'ok',
      answer('send', ({ duplicate }) => duplicate),
      (line, _, lines) => {
        const ask = asked(lines, line.op)
        const channel = ask?.f === 'send' ? ask.channel : ''
        return [line.f === 'send' ? { ...line, seq: headOf(lines, channel) + 1 } : line]
      },
    ),
  },
  {
    name: 'a queue holds a message twice',
    rules: ['once'],
    apply: change(
      'final-queue',
      ({ events, user }, index, lines) =>
        isMessage(events.at(-1) ?? { kind: '' }) &&
        !lines.slice(index + 1).some((line) => line.type === 'final-queue' && line.user === user),
      (line) => {
        const last = line.events.at(-1)
        if (last === undefined) return [line]
        return [
          {
            ...line,
            events: [...line.events, { ...last, prev: last.cursor, cursor: renumber(last.cursor, 1) }],
          },
        ]
      },
    ),
  },
  {
    name: 'a message that nobody sent',
    rules: ['unsent'],
    apply: change(
      'final-history',
      ({ channel, items }, _, lines) => items.at(-1)?.seq === headOf(lines, channel) && items.length > 0,
      (line) => {
        const last = line.items.at(-1)
        return last === undefined
          ? [line]
          : [{ ...line, items: [...line.items, { ...last, seq: last.seq + 1, cid: 'nobody' }] }]
      },
    ),
  },
  {
    name: 'a session is told another text',
    rules: ['altered'],
    apply: change('event', isMessage, (line) => [{ ...line, text: `${line.text}!` }]),
  },
  {
    name: 'what was refused for good is stored',
    rules: ['refused-stored'],
    apply: (lines, random) => {
      const place = pick(
        placesOf(lines, 'ok', (line) => {
          const ask = line.f === 'send' && !line.duplicate ? asked(lines, line.op) : undefined
          if (ask?.f !== 'send') return false
          return !lines.some(
            (other) =>
              other.type === 'invoke' && other.f === 'send' && other.cid === ask.cid && other.op !== ask.op,
          )
        }),
        random,
      )
      const line = place === null ? undefined : lines[place]
      if (place === null || line?.type !== 'ok') return null
      return lines.with(place, { type: 'error', at: line.at, op: line.op, code: 'forbidden' })
    },
  },
  {
    name: 'an event in the middle of a session is lost',
    rules: ['gap'],
    apply: change(
      'event',
      ({ session }, index, lines) =>
        lines.slice(index + 1).some((line) => line.type === 'event' && line.session === session) &&
        // Asked for again, it is told after all.
        !lines.slice(index).some((line) => line.type === 'synced' && line.session === session),
      () => [],
    ),
  },
  {
    name: 'a catch-up ends before the head',
    rules: ['gap'],
    apply: change(
      'synced',
      ({ cursor }) => !cursor.endsWith(':0'),
      (line) => [{ ...line, cursor: renumber(line.cursor, 1) }],
    ),
  },
  {
    name: 'an event is told twice',
    rules: ['repeat'],
    apply: change(
      'event',
      ({ session }, index, lines) =>
        !lines.slice(0, index).some((line) => line.type === 'invoke' && line.f === 'sync') && session !== '',
      (line) => [line, line],
    ),
  },
  {
    name: 'the SDK tells a message twice',
    rules: ['repeat'],
    apply: change(
      'told',
      () => true,
      (line) => [line, line],
    ),
  },
  {
    name: 'the SDK leaves a message out',
    rules: ['gap'],
    apply: change(
      'told',
      ({ client, channel, seq }, _, lines) =>
        [-1, 1].every((by) =>
          lines.some(
            (line) =>
              line.type === 'told' &&
              line.client === client &&
              line.channel === channel &&
              line.seq === seq + by,
          ),
        ),
      () => [],
    ),
  },
  { name: 'a session is not told the last event', rules: ['untold'], apply: forgetLast },
  { name: 'the SDK does not tell the last message', rules: ['untold'], apply: sdkForgets },
  { name: 'one device is told two events in another order', rules: ['queue'], apply: swapEvents },
  {
    name: 'a page has a hole',
    rules: ['dense'],
    apply: change(
      'ok',
      answer('history', ({ items }) => items.length > 2),
      (line) => [line.f === 'history' ? { ...line, items: line.items.toSpliced(1, 1) } : line],
    ),
  },
  {
    name: 'a page lacks the newest acked message',
    rules: ['read-your-writes'],
    apply: (lines, random) => {
      const place = pick(
        placesOf(lines, 'ok', (line) => {
          const ask = line.f === 'history' ? asked(lines, line.op) : undefined
          const last = line.f === 'history' ? line.items.at(-1)?.seq : undefined
          if (
            ask?.f !== 'history' ||
            last === undefined ||
            ask.before !== undefined ||
            ask.after !== undefined
          )
            return false
          return ackedBefore(lines, line.op, last, ask.channel)
        }),
        random,
      )
      const line = place === null ? undefined : lines[place]
      if (place === null || line?.type !== 'ok' || line.f !== 'history') return null
      return lines.with(place, { ...line, items: line.items.slice(0, -1) })
    },
  },
  {
    name: 'a list of channels is behind the acks',
    rules: ['read-your-writes'],
    apply: (lines, random) => {
      const place = pick(
        placesOf(lines, 'ok', (line) => {
          const first = line.f === 'channels' ? line.items[0] : undefined
          return first !== undefined && first.head > 0 && ackedBefore(lines, line.op, first.head, first.id)
        }),
        random,
      )
      const line = place === null ? undefined : lines[place]
      if (place === null || line?.type !== 'ok' || line.f !== 'channels') return null
      const items = line.items.map((item, index) => (index === 0 ? { ...item, head: item.head - 1 } : item))
      return lines.with(place, { ...line, items })
    },
  },
  {
    name: 'a welcome names a cursor from before',
    rules: ['cursor-fell'],
    apply: change(
      'ok',
      answer('hello', ({ cursor, op }, index, lines) => {
        const user = asked(lines, op)?.user
        return lines
          .slice(0, index - 1)
          .some((line) => line.type === 'event' && line.user === user && line.cursor === cursor)
      }),
      (line) => [line.f === 'hello' ? { ...line, cursor: renumber(line.cursor, -1) } : line],
    ),
  },
  {
    name: 'a message is older than the one before',
    rules: ['time-fell'],
    apply: change(
      'final-history',
      ({ items }) => items.length > 1,
      (line) => [
        {
          ...line,
          items: line.items.map((item, i) => (i === 1 ? { ...item, at: '2025-12-31T23:59:59.000Z' } : item)),
        },
      ],
    ),
  },
  {
    name: 'a session is reset',
    rules: ['reset'],
    apply: change(
      'synced',
      () => true,
      (line) => [
        line,
        {
          type: 'reset',
          at: line.at,
          client: line.client,
          session: line.session,
          cursor: line.cursor,
          reason: 'expired',
        },
      ],
    ),
  },
  {
    name: 'a queue has another epoch than before',
    rules: ['reset', 'queue'],
    apply: change(
      'ok',
      answer('hello', ({ cursor }, index) => index > 0 && !cursor.endsWith(':0')),
      (line) => [
        line.f === 'hello'
          ? { ...line, cursor: `other${line.cursor.slice(line.cursor.lastIndexOf(':'))}` }
          : line,
      ],
    ),
  },
]
