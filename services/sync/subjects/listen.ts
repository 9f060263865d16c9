import type { PartitionContext } from '../context.ts'

/** Messages that get no answer of their own. One that can't be read is logged and left out. */
export function listen(
  { fabric, log, ref }: PartitionContext,
  subject: string,
  handle: (bytes: Uint8Array) => void,
): () => void {
  const subscription = fabric.nc.subscribe(subject, {
    callback: (error, message) => {
      if (error) {
        log.error({ err: error, ...ref, subject }, 'a subscription broke')
        return
      }
      try {
        handle(message.data)
      } catch (cause) {
        log.error({ err: cause, ...ref, subject }, 'a message could not be read')
      }
    },
  })
  return () => subscription.unsubscribe()
}
