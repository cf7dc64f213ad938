import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestDaemon } from '../harness/daemon.ts'
import { type Outcome, type RunOptions, run } from '../harness/run.ts'
import { Session } from '../harness/session.ts'

/** Our client as it is built. The two dashes are the launcher's: Node would take some of the arguments for its own. */
export const CLIENT = [process.execPath, '--', fileURLToPath(new URL('../../dist/cli/main.mjs', import.meta.url))] as const

/** Runs our client, whatever its exit code. */
export function engineroom(daemon: TestDaemon, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [node, ...first] = CLIENT
  const env = { DOCKER_HOST: `unix://${daemon.socketPath}`, DOCKER_CONFIG: join(daemon.root, 'docker-config') }
  return run(node, [...first, ...args], { ...options, env: { ...env, ...options.env } })
}

/** Our client in a real terminal of 24 rows and 80 columns. @param command for a shell, e.g. `run -it busybox` */
export function terminal(daemon: TestDaemon, command: string): Session {
  return new Session(daemon, 'script', ['-qefc', `stty rows 24 cols 80; exec ${CLIENT.join(' ')} ${command}`, '/dev/null'])
}

/** What docker says, with our name in place of its own. What it prints for programs has no name in it. */
export function inOurName({ code, stdout, stderr }: Outcome): Outcome {
  const rename = (text: string) =>
    text
      .replaceAll('docker', 'engineroom')
      .replace(/^See '(engineroom .* --help')/gm, "Run '$1")
      .replace("\nSRun '", "\nRun '")
  return { code, stdout, stderr: rename(stderr) }
}
