/**
 * The simple formatting of messages: `*bold*`, `_italic_`, `~strike~` (doubled signs too), `` `code` ``, code between
 * lines of three backticks, `> quotes`, `- lists`, `1. lists`, links and `@mentions`. The outcome is a tree of these kinds and
 * no others; whatever isn't one of them stays text.
 */
export type Style = 'bold' | 'italic' | 'strike'
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'style'; style: Style; children: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'link'; href: string; text: string }
  | { kind: 'mention'; name: string }
export type Block =
  | { kind: 'paragraph'; children: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'quote'; children: Block[] }
  | { kind: 'list'; first: number | undefined; items: Inline[][] }

/** Says of a name after `@` whether it is a mention. */
export type IsMention = (name: string) => boolean

/** Schemes that a link may have; nothing else is ever made clickable. */
const SCHEMES = new Set(['http:', 'https:', 'mailto:'])
const FENCE = '```'

const quoted = /^> ?(.*)$/u
const bullet = /^[-*•] +(\S.*)$/u
const numbered = /^(\d{1,9})[.)] +(\S.*)$/u

export function parseMarkup(text: string, isMention: IsMention): Block[] {
  return parseBlocks(text, isMention, 0)
}

function parseBlocks(text: string, isMention: IsMention, depth: number): Block[] {
  const blocks: Block[] = []
  let rest = 0
  for (let open = text.indexOf(FENCE); open !== -1; open = text.indexOf(FENCE, rest)) {
    const close = text.indexOf(FENCE, open + FENCE.length)
    if (close === -1) break
    const body = text.slice(open + FENCE.length, close)
    if (body.trim() === '') {
      // Nothing between them: signs, not code.
      blocks.push(...parseLines(text.slice(rest, close + FENCE.length), isMention, depth))
    } else {
      const before = text.slice(rest, open).replace(/\n$/u, '')
      if (before !== '') blocks.push(...parseLines(before, isMention, depth))
      blocks.push({ kind: 'code', text: body.replace(/^[\w+#-]{0,30}\n/u, '').replace(/\n$/u, '') })
    }
    rest = close + FENCE.length
    if (text[rest] === '\n') rest++
  }
  if (rest < text.length) blocks.push(...parseLines(text.slice(rest), isMention, depth))
  return blocks
}

function parseLines(text: string, isMention: IsMention, depth: number): Block[] {
  const blocks: Block[] = []
  const lines = text.split('\n')
  let at = 0
  /** Takes the lines from here on that fit. */
  const take = (shape: RegExp): RegExpExecArray[] => {
    const taken: RegExpExecArray[] = []
    for (; at < lines.length; at++) {
      const match = shape.exec(lines[at] ?? '')
      if (match === null) break
      taken.push(match)
    }
    return taken
  }
  while (at < lines.length) {
    const quote = depth === 0 ? take(quoted) : []
    const bullets = quote.length === 0 ? take(bullet) : []
    const numbers = quote.length + bullets.length === 0 ? take(numbered) : []
    if (quote.length > 0) {
      const inside = quote.map((match) => match[1] ?? '').join('\n')
      blocks.push({ kind: 'quote', children: parseLines(inside, isMention, depth + 1) })
    } else if (bullets.length > 0) {
      const items = bullets.map((match) => parseInline(match[1] ?? '', isMention))
      blocks.push({ kind: 'list', first: undefined, items })
    } else if (numbers.length > 0) {
      const items = numbers.map((match) => parseInline(match[2] ?? '', isMention))
      blocks.push({ kind: 'list', first: Number(numbers[0]?.[1] ?? 1), items })
    } else {
      const plain = at
      const special = (line: string) =>
        (depth === 0 && quoted.test(line)) || bullet.test(line) || numbered.test(line)
      while (at < lines.length && !special(lines[at] ?? '')) at++
      const children = parseInline(lines.slice(plain, at).join('\n'), isMention)
      if (children.length > 0) blocks.push({ kind: 'paragraph', children })
    }
  }
  return blocks
}

/** Each sign that may mean something. The longest a single match may look ahead is bounded. */
const token =
  /(?<code>`)|(?<named>\[([^[\]\n]{1,200})\]\(((?:https?:\/\/|mailto:)[^\s<>()"]{1,1000})\))|(?<url>(?:https?:\/\/|mailto:)[^\s<>"'`]{1,2000})|(?<at>@[\p{L}\p{N}][\p{L}\p{N}._-]{0,63})|(?<mark>\*\*?|~~?|_)/giu

const styles: Readonly<Record<string, Style>> = { '*': 'bold', _: 'italic', '~': 'strike' }
const word = /[\p{L}\p{N}]/u
const space = /\s/u

type Frame = { sign: string; style: Style | undefined; children: Inline[] }

function parseInline(text: string, isMention: IsMention): Inline[] {
  const root: Frame = { sign: '', style: undefined, children: [] }
  // At most one frame a style, so nesting is bounded.
  const frames: Frame[] = [root]
  const top = () => frames[frames.length - 1] ?? root
  const write = (piece: string) => append(top().children, piece)
  /** What began and doesn't end is text. */
  const unwind = (to: number) => {
    while (frames.length > to) {
      const frame = frames.pop()
      if (frame === undefined) return
      write(frame.sign)
      for (const child of frame.children) {
        if (child.kind === 'text') write(child.text)
        else top().children.push(child)
      }
    }
  }

  let at = 0
  for (const match of text.matchAll(token)) {
    // Inside of what was taken already (a code span).
    if (match.index < at) continue
    if (match.index > at) write(text.slice(at, match.index))
    at = match.index + match[0].length
    const before = text[match.index - 1] ?? ' '
    const groups = match.groups ?? {}
    if (groups.code !== undefined) {
      const close = text.indexOf('`', at)
      const code = close === -1 ? '' : text.slice(at, close)
      if (code.trim() === '' || code.includes('\n')) write('`')
      else {
        top().children.push({ kind: 'code', text: code })
        at = close + 1
      }
    } else if (groups.named !== undefined) {
      const href = safeHref(match[4] ?? '')
      if (href === undefined) write(match[0])
      else top().children.push({ kind: 'link', href, text: match[3] ?? href })
    } else if (groups.url !== undefined) {
      const address = trimAddress(match[0])
      const href = word.test(before) ? undefined : safeHref(address)
      if (href === undefined) write(match[0])
      else {
        top().children.push({ kind: 'link', href, text: address })
        at = match.index + address.length
      }
    } else if (groups.at !== undefined) {
      const name = groups.at.slice(1).replace(/[._-]+$/u, '')
      if (word.test(before) || !isMention(name)) write(match[0])
      else {
        top().children.push({ kind: 'mention', name })
        at = match.index + 1 + name.length
      }
    } else {
      mark(match[0], before, text[at] ?? ' ')
    }
  }
  if (at < text.length) write(text.slice(at))
  unwind(1)
  return root.children

  /** Opens or closes a style, where words begin and end; elsewhere (`snake_case`, `2 * 3`) it is a sign. */
  function mark(sign: string, before: string, after: string): void {
    const style = styles[sign[0] ?? '']
    const opened = frames.findIndex((frame) => frame.sign === sign)
    const hasContent = top().children.length > 0 || opened < frames.length - 1
    if (opened > 0 && hasContent && !space.test(before) && !word.test(after)) {
      unwind(opened + 1)
      const frame = frames.pop()
      if (frame?.style !== undefined)
        top().children.push({ kind: 'style', style: frame.style, children: frame.children })
    } else if (!frames.some((frame) => frame.style === style) && !space.test(after) && !word.test(before)) {
      frames.push({ sign, style, children: [] })
    } else write(sign)
  }
}

function append(children: Inline[], text: string): void {
  const last = children[children.length - 1]
  if (last?.kind === 'text') last.text += text
  else if (text !== '') children.push({ kind: 'text', text })
}

/** Without the stop after it; a bracket only if it was opened inside. */
function trimAddress(address: string): string {
  let end = address.length
  for (; end > 0; end--) {
    const last = address[end - 1] ?? ''
    if (/[.,;:!?*_~\]}]/u.test(last)) continue
    if (last === ')' && !address.slice(0, end).includes('(')) continue
    break
  }
  return address.slice(0, end)
}

function safeHref(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined
  return SCHEMES.has(new URL(address).protocol) ? address : undefined
}

const plainInline = (inline: Inline): string => {
  switch (inline.kind) {
    case 'text':
    case 'code':
    case 'link':
      return inline.text
    case 'mention':
      return `@${inline.name}`
    case 'style':
      return inline.children.map(plainInline).join('')
  }
}
const plainBlock = (block: Block): string => {
  switch (block.kind) {
    case 'paragraph':
      return block.children.map(plainInline).join('')
    case 'code':
      return block.text
    case 'quote':
      return block.children.map(plainBlock).join(' ')
    case 'list':
      return block.items.map((item) => item.map(plainInline).join('')).join(', ')
  }
}

/** The words alone, on one line: for previews and screen readers. */
export const plainText = (text: string): string =>
  parseMarkup(text, () => true)
    .map(plainBlock)
    .join(' ')
    .replace(/\s+/gu, ' ')
    .trim()
