import type { ComponentChildren } from 'preact'

const Icon = ({ children, size = 22 }: { children: ComponentChildren; size?: number }) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="2"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    {children}
  </svg>
)

export const Back = () => (
  <Icon>
    <path d="M15 5l-7 7 7 7" />
  </Icon>
)
export const Close = () => (
  <Icon>
    <path d="M6 6l12 12M18 6L6 18" />
  </Icon>
)
export const Compose = () => (
  <Icon>
    <path d="M12 5H7a3 3 0 0 0-3 3v9a3 3 0 0 0 3 3h9a3 3 0 0 0 3-3v-5" />
    <path d="M10 14l1-3.5 7.5-7.5a1.8 1.8 0 0 1 2.5 2.5L13.5 13z" />
  </Icon>
)
export const Send = () => (
  <Icon>
    <path d="M12 19V6M6 11.5L12 5.5l6 6" />
  </Icon>
)
export const People = () => (
  <Icon>
    <circle cx="9" cy="8.5" r="3.5" />
    <path d="M2.5 19.5c.6-3.5 3.2-5.5 6.5-5.5s5.9 2 6.5 5.5" />
    <path d="M15.5 5.3a3.5 3.5 0 0 1 0 6.4M18 14.6c1.9.8 3.1 2.5 3.5 4.9" />
  </Icon>
)
export const LogOut = () => (
  <Icon>
    <path d="M10 4H6.5A2.5 2.5 0 0 0 4 6.5v11A2.5 2.5 0 0 0 6.5 20H10M15 8l4 4-4 4M19 12H9" />
  </Icon>
)
export const Down = () => (
  <Icon size={16}>
    <path d="M12 5v13M6 12.5l6 6 6-6" />
  </Icon>
)
export const Check = () => (
  <Icon size={14}>
    <path d="M4.5 12.5l5 5L19.5 7" />
  </Icon>
)
export const Clock = () => (
  <Icon size={13}>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7v5l3 2" />
  </Icon>
)
export const Alert = () => (
  <Icon size={14}>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7.5v5.5M12 16.5v.1" />
  </Icon>
)
export const Logo = ({ size = 30 }: { size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden="true">
    <rect width="64" height="64" rx="17" fill="#0b6456" />
    <g fill="none" stroke-width="7" stroke-linecap="round">
      <path stroke="#7fd3bf" d="M20 13v8M20 34v17M32 13v17M32 43v8M44 13v8M44 34v17" />
      <path stroke="#fff" d="M12 27h14M38 27h14M26 38h12" />
    </g>
  </svg>
)
