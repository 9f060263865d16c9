import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { go, hrefOf } from '../route.ts'
import { Close } from './icons.tsx'
import { LoadFailed } from './log-edges.tsx'
import type { Loaded } from './use-loaded.ts'

/** Something beside a conversation; on a phone, instead of it. Escape closes it. */
export function SidePanel(props: {
  chat: string
  title: string
  sub: string
  /** What the focus goes to where there is a keyboard; else, and without it, the heading. */
  focus?: string
  children: ComponentChildren
}) {
  const { chat, title } = props
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    const first = props.focus === undefined ? null : document.getElementById(props.focus)
    if (first !== null && matchMedia('(pointer: fine)').matches) first.focus()
    else heading.current?.focus()
  }, [chat, title])
  const close = `Close: ${title}`
  return (
    <aside
      class="thread"
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) go(hrefOf(chat))
      }}
    >
      <header class="bar">
        <div class="grow">
          <h2 tabIndex={-1} ref={heading}>
            {title}
          </h2>
          <p class="sub">{props.sub}</p>
        </div>
        <a class="icon-button" href={hrefOf(chat)} aria-label={close} title={close}>
          <Close />
        </a>
      </header>
      {props.children}
    </aside>
  )
}

/** A list that was asked for: it, or that it is on its way, that it couldn't be had, or that there is nothing in it. */
export function LoadedList<T>(props: {
  label: string
  loaded: Loaded<readonly T[]>
  /** Said when there is nothing. */
  none: string
  children: (item: T, index: number) => ComponentChildren
}) {
  const { value, problem, again } = props.loaded
  if (value === undefined && problem !== undefined) {
    return (
      <div class="edge" role="alert">
        <LoadFailed what="This list" onRetry={again} />
      </div>
    )
  }
  if (value === undefined) {
    return (
      <div class="edge" role="status">
        <span class="spinner" />
        <span>Loading…</span>
      </div>
    )
  }
  if (value.length === 0) return <p class="nothing">{props.none}</p>
  return (
    <ul class="kept-list" aria-label={props.label}>
      {value.map(props.children)}
    </ul>
  )
}
