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
export const People = ({ size = 22 }: { size?: number }) => (
  <Icon size={size}>
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
export const Hourglass = () => (
  <Icon size={13}>
    <path d="M6.500 3.500h11M6.500 20.500h11M8 3.500c0 5 8 6 8 8.500s-8 3.500-8 8.500M16 3.500c0 5-8 6-8 8.500s8 3.500 8 8.500" />
  </Icon>
)
export const History = () => (
  <Icon size={18}>
    <path d="M4.500 12a7.500 7.500 0 1 0 2.500-5.600L4.500 8.500M4.500 4.500v4h4M12 8v4.300l2.800 1.700" />
  </Icon>
)
export const Alert = () => (
  <Icon size={14}>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7.5v5.5M12 16.5v.1" />
  </Icon>
)
export const Checks = () => (
  <Icon size={16}>
    <path d="M1.5 12.5l5 5L16 7M12.5 17l.8.8L22.5 7" />
  </Icon>
)
export const Smile = () => (
  <Icon size={18}>
    <circle cx="12" cy="12" r="9" />
    <path d="M8.5 14.5c.8 1.2 2 1.8 3.5 1.8s2.7-.6 3.5-1.800M9 9.500v.100M15 9.500v.1" />
  </Icon>
)
export const Reply = () => (
  <Icon size={18}>
    <path d="M20 12a8 7 0 0 1-11.5 6.300L4 20l1.3-4.200A7 7 0 0 1 4 12a8 7 0 0 1 16 0z" />
  </Icon>
)
export const Threads = () => (
  <Icon>
    <path d="M4 6.500A2.500 2.500 0 0 1 6.500 4h8A2.500 2.500 0 0 1 17 6.500v4a2.500 2.500 0 0 1-2.500 2.500H9l-4 3v-3.200a2.500 2.500 0 0 1-1-2z" />
    <path d="M20 9.500a2.500 2.500 0 0 1 1 2v4a2.500 2.500 0 0 1-1 2V20l-3.500-2.500H12" />
  </Icon>
)
export const Quote = () => (
  <Icon size={18}>
    <path d="M9 7L4 12l5 5M4.5 12H14a6 6 0 0 1 6 6v1" />
  </Icon>
)
export const Pencil = () => (
  <Icon size={18}>
    <path d="M4 20l1-4.500L16.5 4a2 2 0 0 1 3 3L8 18.500z" />
  </Icon>
)
export const Trash = () => (
  <Icon size={18}>
    <path d="M4.5 7h15M9.5 7V4.500h5V7M6.5 7l1 12.500h9l1-12.500M10 11v5M14 11v5" />
  </Icon>
)
export const Pin = ({ size = 18 }: { size?: number }) => (
  <Icon size={size}>
    <path d="M9 4h6l-.7 6 3.2 3.500H6.500L9.7 10zM12 13.500V20" />
  </Icon>
)
export const Megaphone = () => (
  <Icon size={18}>
    <path d="M4 10v4h3l8 4.500v-13L7 10zM18.5 9.500a3.500 3.500 0 0 1 0 5" />
  </Icon>
)
export const Forward = () => (
  <Icon size={18}>
    <path d="M15 7l5 5-5 5M19.5 12H10a6 6 0 0 0-6 6v1" />
  </Icon>
)
export const LinkIcon = () => (
  <Icon size={18}>
    <path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.300l-.8.8M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.700l.8-.8" />
  </Icon>
)
export const Copy = () => (
  <Icon size={18}>
    <rect x="8.5" y="8.5" width="11" height="11" rx="2.5" />
    <path d="M15.5 5.500a2 2 0 0 0-2-1.500H7a3 3 0 0 0-3 3v6.500a2 2 0 0 0 1.5 2" />
  </Icon>
)
export const More = () => (
  <Icon size={18}>
    <path d="M5.5 12h.1M12 12h.1M18.5 12h.1" stroke-width="2.8" />
  </Icon>
)
export const Chevron = () => (
  <Icon size={18}>
    <path d="M9.5 6l6 6-6 6" />
  </Icon>
)
export const Search = () => (
  <Icon size={18}>
    <circle cx="10.5" cy="10.5" r="6" />
    <path d="M15 15l5 5" />
  </Icon>
)
export const Settings = () => (
  <Icon>
    <path d="M4 7h9M18 7h2M4 17h3M12 17h8" />
    <circle cx="15.5" cy="7" r="2.3" />
    <circle cx="9.5" cy="17" r="2.3" />
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
