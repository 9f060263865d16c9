/** What a channel is called, and its other settings. */
export type SettingsChange = { readonly op: 'renamed'; readonly name: string | null }
