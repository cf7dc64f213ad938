import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

type Command = readonly [string, ...string[]]

/** Ends all that runs, should one thing fail. */
const failed = new AbortController()

/** `npm test`, in the order in which a mistake is found soonest. Arguments go to vitest. */
async function main(args: readonly string[]): Promise<void> {
  const checks = async () => {
    await step('npm', 'run', '--silent', 'lint')
    await step('npm', 'run', '--silent', 'typecheck')
  }
  if (args.length > 0) {
    await checks()
    await step('vitest', 'run', ...args)
    return
  }
  // A virtual machine is often waited for, and what needs no daemon of ours disturbs nobody: the two share the time.
  await Promise.all([checks().then(() => step('vitest', 'run', '--project', 'unit')), stepAside('vitest', 'run', '--project', 'vm')])
  await step('vitest', 'run', '--project', 'daemon', '--project', 'heavy')
}

/** @throws Error when it fails */
async function step(...command: Command): Promise<void> {
  process.stdout.write(`• ${command.join(' ')}\n`)
  await ended(command, start(command, 'inherit'))
}

/** As {@link step}; what it prints comes in one piece, at its end. */
async function stepAside(...command: Command): Promise<void> {
  process.stdout.write(`• beside the next: ${command.join(' ')}\n`)
  const child = start(command, 'pipe')
  const [outcome, ...printed] = await Promise.allSettled([ended(command, child), child.stdout && text(child.stdout), child.stderr && text(child.stderr)])
  process.stdout.write(`• ${command.join(' ')}\n`)
  for (const one of printed) if (one.status === 'fulfilled') process.stdout.write(one.value ?? '')
  if (outcome.status === 'rejected') throw outcome.reason
}

function start([program, ...args]: Command, output: 'inherit' | 'pipe') {
  return spawn(program, args, { cwd: ROOT, stdio: ['ignore', output, output], signal: failed.signal })
}

function ended(command: Command, child: ReturnType<typeof start>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const fail = (why: string) => reject(new Error(`${command.join(' ')}: ${why}`))
  child.once('error', ({ message }) => fail(message))
  child.once('close', (code, signal) => (code === 0 ? resolve() : fail(signal ?? `exit code ${code}`)))
  return promise
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  failed.abort()
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
