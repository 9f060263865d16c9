/**
 * What the SDK knows and the server of this release may not: a control for what is `false` isn't shown. Set it once
 * the server has it.
 */
export const OFFERED: Readonly<
  Record<'react' | 'edit' | 'remove' | 'quote' | 'forward' | 'mine' | 'disappear', boolean>
> = {
  react: true,
  edit: true,
  remove: true,
  quote: true,
  forward: true,
  /** One's own settings, devices, mutes and blocks. */
  mine: true,
  /** The timer of disappearing messages. */
  disappear: true,
}
