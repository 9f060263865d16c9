/** What the wire protocol fixes. Units are last in each name. */
export const MAX_FRAME_BYTES = 64 * 1024
export const MAX_TEXT_BYTES = 16 * 1024
/** A body that isn't plain text (an opaque ciphertext, say), as JSON. */
export const MAX_BODY_BYTES = 48 * 1024
/** Of what a client sends, as JSON: objects and arrays in each other. */
export const MAX_JSON_DEPTH = 64
/**
 * Places in channels and queues travel and rest as 48 bits, with room for what is added to one that a client names: at a
 * million a second, 4 years of one channel.
 */
export const MAX_SEQ = 2 ** 47
export const MAX_MENTIONS = 100
/** Different emoji on one message. */
export const MAX_REACTIONS_A_MESSAGE = 20
/** People named of those who reacted with one emoji: the first of them. */
export const MAX_REACTORS_SHOWN = 100
export const MAX_NAME_CHARS = 100
export const MAX_TOPIC_CHARS = 250
export const MAX_DESCRIPTION_CHARS = 1_000
export const MAX_URL_CHARS = 2_048
/** How long an invite link is good if nothing else is said (days). */
export const INVITE_DAYS = 7
/** Invite links of a channel that are good at the same time. */
export const MAX_INVITES = 100
/** Messages pinned in a channel at the same time. */
export const MAX_PINS = 100
/** After how long a channel's messages may disappear (s). */
export const MIN_DISAPPEAR_S = 5
export const MAX_DISAPPEAR_S = 365 * 24 * 60 * 60
/** Of what a message said before, the newest so many are kept, beside the original. */
export const MAX_VERSIONS = 100
/** People banned from a channel: beyond, a ban is refused rather than an old one forgotten. */
export const MAX_BANS = 10_000
export const HELLO_TIMEOUT_MS = 10_000
export const HEARTBEAT_S = 25
export const BAD_FRAMES_TO_CLOSE = 10
export const BAD_FRAMES_WINDOW_MS = 10_000
export const PAGE_DEFAULT = 50
export const PAGE_MAX = 200
/** Of the text that goes with a person's presence. */
export const MAX_STATUS_CHARS = 140
export const MAX_STATUS_EMOJI_CHARS = 32
/** People whom one `watch` or `unwatch` may name. */
export const MAX_WATCHES_PER_FRAME = 1_000
/** Who types is said anew within this: a client that doesn't hear it again takes it for over (ms). */
export const TYPING_OVER_MS = 15_000
/** Members whom one call may name when it creates a channel, or adds to one. */
export const MAX_MEMBERS_PER_CALL = 1_000
/** Unread replies of a thread are counted up to so many. */
export const MAX_THREAD_UNREAD = 1_000
/** Of a user's threads, those that they took part in last are looked through for unread replies. */
export const MAX_FOLLOWED_THREADS = 500
/** Unread messages of a channel that mention somebody are counted up to so many. */
export const MAX_UNREAD_MENTIONS = 1_000
