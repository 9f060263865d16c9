import type { EdgeConfig } from '../config.ts'
import { KeyedLimit } from './keyed-limit.ts'

/** By address. Failed log-ins by account are storage's to limit, since every edge asks it. */
export type Limits = {
  readonly registrations: KeyedLimit
  readonly logIns: KeyedLimit
}

/** Null where the operator has turned them off. */
export const createLimits = (config: EdgeConfig): Limits | null =>
  config.limits === 'off'
    ? null
    : {
        registrations: new KeyedLimit('new accounts from this address', config.registrationsBurst, 0.5),
        logIns: new KeyedLimit('log-ins from this address', config.logInsBurst, 1),
      }
