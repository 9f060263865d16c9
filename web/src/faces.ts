import { signal } from '@preact/signals'

/** Pictures of people and conversations by their ids, as addresses. */
const faces = signal<ReadonlyMap<string, string>>(new Map())

export const faceOf = (id: string): string | undefined => faces.value.get(id)

export function learnFace(id: string, address: string | null | undefined): void {
  const face = address !== null && address !== undefined && isPicture(address) ? address : undefined
  if (faces.value.get(id) === face) return
  const after = new Map(faces.value)
  if (face === undefined) after.delete(id)
  else after.set(id, face)
  faces.value = after
}

/** What the page's own rules let it load a picture from. */
export const isPicture = (address: string): boolean =>
  URL.canParse(address) && (address.startsWith('https://') || address.startsWith('data:image/'))
