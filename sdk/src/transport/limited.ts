/** `AbortSignal.any` is younger than the browsers that this should run in. */
export async function limited<T>(
  parent: AbortSignal,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const abort = () => controller.abort()
  if (parent.aborted) abort()
  parent.addEventListener('abort', abort)
  const timer = setTimeout(abort, timeoutMs)
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
    parent.removeEventListener('abort', abort)
  }
}
