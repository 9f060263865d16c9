/** Loaded before a program that child.mjs runs: ends the program when whoever started it has died. */
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()
