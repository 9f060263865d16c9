/**
 * What the SDK knows and the server of this release may not: a control for what is `false` isn't shown. Set it once
 * the server has it.
 */
export const OFFERED: Readonly<Record<'react' | 'edit' | 'remove' | 'quote' | 'forward', boolean>> = {
  react: false,
  edit: false,
  remove: false,
  quote: false,
  forward: false,
}
