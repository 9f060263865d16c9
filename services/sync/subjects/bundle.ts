import { decodeBundle } from '../../../shared/fabric/wire/bundle.ts'
import type { PartitionContext } from '../context.ts'

/** What a LOG owner hands over; answered after the commit that takes it in. */
export const onBundle =
  ({ submit }: PartitionContext) =>
  (bytes: Uint8Array): void =>
    submit({ type: 'bundle', bundle: decodeBundle(bytes) })
