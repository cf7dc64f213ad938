import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** `npm test`, in the order in which a mistake is found soonest. Arguments go to vitest. */
const STEPS: readonly (readonly [string, ...string[]])[] = [
  ['npm', 'run', '--silent', 'lint'],
  ['npm', 'run', '--silent', 'typecheck'],
  ['vitest', 'run', ...process.argv.slice(2)],
]

for (const [command, ...args] of STEPS) {
  process.stdout.write(`• ${[command, ...args].join(' ')}\n`)
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' })
  if (error) process.stderr.write(`${command}: ${error.message}\n`)
  if (status !== 0) process.exit(status ?? 1)
}
