import { MAX_PAGE_BYTES } from './registry.ts'

/** Of what an answer would hold, as much from the first on as one message of the fabric may; one at the least. */
export function portionOf<Item>(items: readonly Item[]): readonly Item[] {
  let bytes = 0
  const end = items.findIndex((item, index) => {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1
    return index > 0 && bytes > MAX_PAGE_BYTES
  })
  return end < 0 ? items : items.slice(0, end)
}

/** Asks until all is answered. `left`: of those asked, so many at the end have to be asked for again. */
export async function inPortions<Asked, Answer extends { readonly left: number }>(
  asked: readonly Asked[],
  ask: (asked: readonly Asked[]) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let rest = asked; rest.length > 0; ) {
    const answer = await ask(rest)
    answers.push(answer)
    if (answer.left >= rest.length) throw new Error('an answer that holds nothing of what was asked')
    rest = answer.left === 0 ? [] : rest.slice(-answer.left)
  }
  return answers
}
