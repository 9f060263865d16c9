import type { EdgeConfig } from '../config.ts'
import { KeyedLimit } from './keyed-limit.ts'

export type Limits = {
  readonly registrations: KeyedLimit
  readonly logIns: KeyedLimit
  /** By account name: others' wrong passwords hold up an account for seconds, not its log-ins for ever. */
  readonly failedLogIns: KeyedLimit
}

/** Null where the operator has turned them off. */
export const createLimits = (config: EdgeConfig): Limits | null =>
  config.limits === 'off'
    ? null
    : {
        registrations: new KeyedLimit('new accounts from this address', config.registrationsBurst, 0.1),
        logIns: new KeyedLimit('log-ins from this address', config.logInsBurst, 1),
        failedLogIns: new KeyedLimit('failed log-ins of this account', config.failedLogInsBurst, 0.1),
      }
