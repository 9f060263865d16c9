import fc from 'fast-check'
import { type ComponentChildren, isValidElement, type VNode } from 'preact'
import { describe, expect, it } from 'vitest'
import { Formatted } from './formatted.tsx'

/** Every element that a text may become, with every property that it may have. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  div: ['class'],
  span: ['class'],
  strong: [],
  em: [],
  s: [],
  code: [],
  pre: ['tabIndex'],
  blockquote: [],
  ul: [],
  ol: ['start'],
  li: [],
  a: ['href', 'title', 'target', 'rel'],
}

const SIGNS = '*_~`>-@[]()<&"\'\n 1.ab'

type Found = { readonly elements: VNode<Record<string, unknown>>[]; readonly text: string }

const childrenOf = (element: VNode): ComponentChildren => element.props.children
const wordsOf = (node: ComponentChildren): string => (typeof node === 'string' ? node : '')

function walk(node: ComponentChildren): Found {
  if (Array.isArray(node)) {
    const found = node.map(walk)
    return { elements: found.flatMap((one) => one.elements), text: found.map((one) => one.text).join('') }
  }
  if (isValidElement(node)) {
    const element: VNode<Record<string, unknown>> = node
    const inside = walk(childrenOf(element))
    return { elements: [element, ...inside.elements], text: inside.text }
  }
  return { elements: [], text: wordsOf(node) }
}
const mentioned = (name: string) => (name === 'ada' ? 'me' : name === 'ben' ? 'other' : undefined)
const made = (text: string) => walk(Formatted({ text, mentioned }))
const tags = (text: string) => made(text).elements.map((one) => one.type)
/** As HTML, to compare with: only in this test. */
const html = (node: ComponentChildren): string => {
  if (Array.isArray(node)) return node.map(html).join('')
  if (!isValidElement(node)) return wordsOf(node)
  const element: VNode<Record<string, unknown>> = node
  const { children: _children, class: _class, ...rest } = element.props
  const kept = Object.entries(rest).filter(([name]) => ['href', 'start'].includes(name))
  const attributes = kept.map(([name, value]) => ` ${name}=${String(value)}`).join('')
  return `<${String(element.type)}${attributes}>${html(childrenOf(element))}</${String(element.type)}>`
}
const shown = (text: string) => {
  const { children } = Formatted({ text, mentioned }).props as { children: ComponentChildren }
  return html(children)
}

describe('a formatted text', () => {
  it.each([
    ['plain', '<span>plain</span>'],
    ['two\n\nlines', '<span>two\n\nlines</span>'],
    ['*bold* and **bold**', '<span><strong>bold</strong> and <strong>bold</strong></span>'],
    ['_it_ ~no~ ~~no~~', '<span><em>it</em> <s>no</s> <s>no</s></span>'],
    ['*bold _both_*', '<span><strong>bold <em>both</em></strong></span>'],
    ['*a _b* c_', '<span><strong>a _b</strong> c_</span>'],
    ['snake_case_name 2 * 3 * 4, 2*3*4', '<span>snake_case_name 2 * 3 * 4, 2*3*4</span>'],
    ['*open', '<span>*open</span>'],
    ['** ~~ __', '<span>** ~~ __</span>'],
    ['`*code*` `` `', '<span><code>*code*</code> `` `</span>'],
    ['```js\nlet a = 1\n```', '<pre><code>let a = 1</code></pre>'],
    ['so:\n```\na\n\nb\n```\ndone', '<span>so:</span><pre><code>a\n\nb</code></pre><span>done</span>'],
    ['``` open', '<span>``` open</span>'],
    ['> said\n> twice\nanswer', '<blockquote><span>said\ntwice</span></blockquote><span>answer</span>'],
    ['> > twice', '<blockquote><span>> twice</span></blockquote>'],
    [
      '- a\n- *b*\n3. c\n4. d',
      '<ul><li>a</li><li><strong>b</strong></li></ul><ol start=3><li>c</li><li>d</li></ol>',
    ],
    ['@ada and @ben. @eve a@ada', '<span><span>@ada</span> and <span>@ben</span>. @eve a@ada</span>'],
    ['<b>no</b> &amp;', '<span><b>no</b> &amp;</span>'],
    [
      'see https://a.test/x_y_z?q=1. (https://b.test)',
      '<span>see <a href=https://a.test/x_y_z?q=1>https://a.test/x_y_z?q=1</a>. (<a href=https://b.test>https://b.test</a>)</span>',
    ],
    [
      'https://a.test/w_(x) [name](https://c.test)',
      '<span><a href=https://a.test/w_(x)>https://a.test/w_(x)</a> <a href=https://c.test>name</a></span>',
    ],
    ['mailto:ada@a.test', '<span><a href=mailto:ada@a.test>mailto:ada@a.test</a></span>'],
    [
      '[x](javascript:alert(1)) javascript:alert(1) data:text/html,x',
      '<span>[x](javascript:alert(1)) javascript:alert(1) data:text/html,x</span>',
    ],
    ['https://', '<span>https://</span>'],
  ])('%s', (text, expected) => {
    expect(shown(text)).toBe(expected)
  })

  it('is made of allowed elements only, whatever is written', () => {
    const piece = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(...SIGNS.split(''), '```', '**', '~~', '> ', '- ', '\n1. '),
      },
      fc.constantFrom(
        'https://a.test/',
        'javascript:',
        'data:text/html,',
        'mailto:a@b.c',
        'HTTP://X',
        '@ada',
        '@ben',
      ),
      fc.constantFrom(
        '<script>',
        '<img src=x onerror=y>',
        '](https://a.test)',
        '](javascript:x)',
        '](mailto:x@y)',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('')
        const { elements } = made(text)
        for (const { type, props } of elements) {
          expect(Object.keys(ALLOWED)).toContain(type)
          const names = Object.keys(props).filter((name) => name !== 'children')
          expect(ALLOWED[String(type)]).toEqual(expect.arrayContaining(names))
          if (type !== 'a') continue
          expect(['http:', 'https:', 'mailto:']).toContain(new URL(String(props.href)).protocol)
          expect(props.rel).toContain('noopener')
        }
      }),
      { numRuns: 500 },
    )
  })

  it('keeps every word', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('*', '_', '~', '`', ' ', '\n', 'ab', 'c', '>', '- ', '@ada'), {
          maxLength: 40,
        }),
        (pieces) => {
          const text = pieces.join('')
          const letters = (from: string) => from.replace(/[^a-z]/gu, '')
          expect(letters(made(text).text)).toBe(letters(text))
        },
      ),
    )
  })

  it('of the longest message takes no time, whatever it is made of', () => {
    for (const piece of [
      '*',
      '_a',
      '*_~',
      '`',
      '[',
      '[x](',
      '@a',
      'https://',
      '> ',
      '```',
      '- a\n',
      'mailto:',
      '**a ',
    ]) {
      const text = piece.repeat(Math.ceil(16_384 / piece.length))
      const began = performance.now()
      tags(text)
      expect(performance.now() - began).toBeLessThan(1_000)
    }
  })
})
