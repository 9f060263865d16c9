import { signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { toast } from '../toasts.ts'

/** Where it may show, the topmost last: what lies under a dialog is neither seen nor read aloud. */
const places = signal<readonly object[]>([])

/** The passing word, on the page or in the dialog that is above it. */
export function Toasts() {
  const place = useMemo(() => ({}), [])
  useEffect(() => {
    places.value = [...places.value, place]
    return () => {
      places.value = places.value.filter((one) => one !== place)
    }
  }, [place])
  const shown = places.value.at(-1) === place ? toast.value : undefined
  return (
    <div class="toasts" role="status">
      {shown !== undefined && (
        <p key={shown.n} class={shown.bad ? 'toast bad' : 'toast'}>
          {shown.text}
        </p>
      )}
    </div>
  )
}
