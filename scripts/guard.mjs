/**
 * Loaded before a program that child.mjs runs: ends the program when whoever started it has died. The program's own
 * children may load it too, by the arguments they inherit, and have another parent.
 */
if (process.env.WEFT_STARTER === String(process.ppid)) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  process.channel?.unref()
}
