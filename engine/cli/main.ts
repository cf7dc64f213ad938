import { messageOf } from '../errors.ts'
import { exitCodeOf } from './exit-error.ts'
import { runRoot } from './root.ts'

// Whoever reads us may leave first, as `head` does: that is an end like any other.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 141 : 1))

try {
  await runRoot(process.argv.slice(2))
  process.exit()
} catch (error) {
  const message = messageOf(error)
  if (message !== '') process.stderr.write(`${message}\n`)
  process.exit(exitCodeOf(error))
}
