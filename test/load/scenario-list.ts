/** The scenarios, by name. Read by the runner and inside k6, so this file imports nothing. */
export type Needs = 'direct' | 'group' | 'history'
type Scenario = {
  readonly doc: string
  /** What is prepared for each user before the run. */
  readonly needs: readonly Needs[]
  /** Operations a second of one user, where no rate is given. */
  readonly ratePerUser: number
  /** Must have happened in a run for it to count. */
  readonly flows: readonly (
    | 'load_acked'
    | 'load_received'
    | 'load_history_messages'
    | 'load_pongs'
    | 'load_caught_up'
  )[]
}

export const SCENARIOS = {
  hold: {
    doc: 'connect, stay, ping; nothing is sent',
    needs: [],
    ratePerUser: 0,
    flows: ['load_pongs'],
  },
  'one-to-one': {
    doc: 'each user writes to one other; 1 message/s a user',
    needs: ['direct'],
    ratePerUser: 1,
    flows: ['load_acked', 'load_received'],
  },
  group: {
    doc: 'each user writes to a group of --group-size; 0.1 messages/s a user',
    needs: ['group'],
    ratePerUser: 0.1,
    flows: ['load_acked', 'load_received'],
  },
  storm: {
    doc: 'half of the users vanish, are written to, and come back at once; 4 messages/s for each that stays',
    needs: ['direct'],
    ratePerUser: 2,
    flows: ['load_acked', 'load_received', 'load_caught_up'],
  },
  history: {
    doc: 'each user reads its group’s history backwards, page by page; 1 page/s a user',
    needs: ['group', 'history'],
    ratePerUser: 1,
    flows: ['load_history_messages'],
  },
  'mixed-day': {
    doc: 'writing to one and to a group, reading history, read marks, reconnects; 0.2 operations/s a user',
    needs: ['direct', 'group', 'history'],
    ratePerUser: 0.2,
    flows: ['load_acked', 'load_received'],
  },
} as const satisfies Readonly<Record<string, Scenario>>

export type ScenarioName = keyof typeof SCENARIOS
export const isScenario = (name: string): name is ScenarioName => Object.hasOwn(SCENARIOS, name)

/** What the preparing leaves for k6: one a user, in order. */
export type LoadUser = {
  readonly id: string
  /** Null = k6 mints one with the secret. */
  readonly token: string | null
  readonly edge: string
  readonly direct: string | null
  readonly group: string | null
  /** The group's newest seq when the run began. */
  readonly head: number
}
