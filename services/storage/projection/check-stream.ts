import { JetStreamApiError } from '@nats-io/jetstream'
import type { Fabric } from '../../../shared/fabric/connection.ts'
import { type PartitionRef, streams } from '../../../shared/fabric/registry.ts'
import { SetupRefused } from '../../../shared/fabric/setup.ts'

const STREAM_NOT_FOUND = 10059

/**
 * The stream's last sequence.
 * @throws SetupRefused if the stream is gone or shorter than what the store took from it: it isn't the log that it was.
 */
export async function lastOfStream(fabric: Fabric, ref: PartitionRef, storedPack: number): Promise<number> {
  const stream = streams.pack(ref)
  try {
    const { state } = await fabric.jsm.streams.info(stream)
    if (state.last_seq >= storedPack) return state.last_seq
    throw new SetupRefused(
      `stream ${stream} ends at ${state.last_seq}, but the store has taken it in up to ${storedPack}: restore the ` +
        'stream (or its replicas) before starting; it is never made anew',
    )
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== STREAM_NOT_FOUND) throw error
    throw new SetupRefused(`stream ${stream} is gone: restore it (or its replicas); it is never made anew`)
  }
}
