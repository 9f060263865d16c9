import type { VNode } from 'preact'
import { isJumbo } from '../format.ts'
import { type Block, type Inline, parseMarkup } from '../markup.ts'

/** Whom a name after `@` means, as far as this message mentions them. */
export type Mentioned = (name: string) => 'me' | 'other' | undefined

function inline(part: Inline, mentioned: Mentioned): VNode | string {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'code':
      return <code>{part.text}</code>
    case 'link':
      return (
        <a href={part.href} title={part.href} target="_blank" rel="noopener noreferrer nofollow">
          {part.text}
        </a>
      )
    case 'mention':
      return <span class={mentioned(part.name) === 'me' ? 'mention me' : 'mention'}>@{part.name}</span>
    case 'style': {
      const children = part.children.map((child) => inline(child, mentioned))
      if (part.style === 'bold') return <strong>{children}</strong>
      return part.style === 'italic' ? <em>{children}</em> : <s>{children}</s>
    }
  }
}

function block(part: Block, mentioned: Mentioned): VNode {
  switch (part.kind) {
    case 'paragraph':
      return <span class="par">{part.children.map((child) => inline(child, mentioned))}</span>
    case 'code':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
        <pre tabIndex={0}>
          <code>{part.text}</code>
        </pre>
      )
    case 'quote':
      return <blockquote>{part.children.map((child) => block(child, mentioned))}</blockquote>
    case 'list': {
      const items = part.items.map((item) => <li>{item.map((child) => inline(child, mentioned))}</li>)
      return part.first === undefined ? <ul>{items}</ul> : <ol start={part.first}>{items}</ol>
    }
  }
}

/** A text with its formatting, as nodes: nothing that a user wrote is ever read as HTML. */
export function Formatted({ text, mentioned }: { text: string; mentioned: Mentioned }) {
  if (isJumbo(text)) return <div class="text jumbo">{text}</div>
  const blocks = parseMarkup(text, (name) => mentioned(name) !== undefined)
  return <div class="text">{blocks.map((part) => block(part, mentioned))}</div>
}
