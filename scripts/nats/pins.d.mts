export const platform: string
