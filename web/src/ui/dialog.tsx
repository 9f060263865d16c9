import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { Back, Close } from './icons.tsx'
import { Toasts } from './toasts.tsx'

/**
 * A modal dialog. The browser keeps the focus inside and gives it back to what had it; Escape closes, a click
 * outside too.
 */
export function Dialog(props: {
  title: string
  /** Out of a part of the dialog, to where it was entered. */
  onBack?: (() => void) | undefined
  onClose: () => void
  children: ComponentChildren
}) {
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
          {props.onBack !== undefined && (
            <button type="button" class="icon-button before" aria-label="Back" onClick={props.onBack}>
              <Back />
            </button>
          )}
          <h2 id={titleId} dir="auto">
            {props.title}
          </h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={() => ref.current?.close()}>
            <Close />
          </button>
        </header>
        {props.children}
      </div>
      <Toasts />
    </dialog>
  )
}
