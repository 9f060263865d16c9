const signs: Readonly<Record<string, string>> = { b: '*', i: '_', e: '`' }

/** Ctrl or ⌘ with B, I or E puts a style's signs around what is selected; the text after it, or `undefined`. */
export function styleSelection(
  event: KeyboardEvent & { currentTarget: HTMLTextAreaElement },
): string | undefined {
  const sign = signs[event.key.toLowerCase()]
  if (sign === undefined || event.shiftKey || event.altKey || !(event.ctrlKey || event.metaKey)) return
  event.preventDefault()
  const field = event.currentTarget
  const { selectionStart: start, selectionEnd: end } = field
  field.setRangeText(sign + field.value.slice(start, end) + sign)
  field.setSelectionRange(start + 1, end + 1)
  return field.value
}
