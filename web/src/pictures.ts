/** The longest address of a picture that the server keeps. */
export const MAX_PICTURE_CHARS = 2_048
/** Edges in CSS pixels and qualities that are tried, the best first. */
const EDGES_PX = [96, 72, 48, 32]
const QUALITIES = [0.8, 0.6, 0.4, 0.2]
const TYPES = ['image/webp', 'image/jpeg']

/** A picture from this device, square and so small that it is its own address; `undefined` if it can't be read. */
export async function shrink(file: Blob): Promise<string | undefined> {
  const picture = new Image()
  try {
    picture.src = await addressOf(file)
    await picture.decode()
  } catch {
    return undefined
  }
  const canvas = document.createElement('canvas')
  const drawing = canvas.getContext('2d')
  const edge = Math.min(picture.width, picture.height)
  for (const size of EDGES_PX) {
    canvas.width = canvas.height = size
    const [x, y] = [(picture.width - edge) / 2, (picture.height - edge) / 2]
    drawing?.drawImage(picture, x, y, edge, edge, 0, 0, size, size)
    for (const quality of QUALITIES) {
      // A browser that can't write a type writes PNG instead, which is longer.
      const address = TYPES.map((type) => canvas.toDataURL(type, quality)).find(
        ({ length }) => length <= MAX_PICTURE_CHARS,
      )
      if (address !== undefined) return address
    }
  }
  return undefined
}

const addressOf = (file: Blob): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onloadend = () =>
      typeof reader.result === 'string' ? resolve(reader.result) : reject(new Error('it can’t be read'))
    reader.readAsDataURL(file)
  })
