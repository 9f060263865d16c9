import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Close } from './icons.tsx'

/**
 * A modal dialog. The browser keeps the focus inside and gives it back to what had it; Escape closes, a click
 * outside too.
 */
export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren }) {
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const dialog = ref.current
    if (dialog === null) return
    dialog.showModal()
    return () => dialog.close()
  }, [])
  return (
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      onClose={props.onClose}
      onMouseDown={(event) => {
        if (event.target === event.currentTarget) ref.current?.close()
      }}
    >
      <div class="sheet">
        <header>
          <h2 id={titleId} dir="auto">
            {props.title}
          </h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={() => ref.current?.close()}>
            <Close />
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  )
}
