import { spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import type { SshEndpoint } from './endpoint.ts'

/** What is kept of what ssh says. */
const SAID_LIMIT = 4096

/** ssh ended although it should not have; or there is none. */
export class SshError extends Error {
  /** Its exit code; undefined where it never ran. */
  readonly code: number | undefined

  constructor(message: string, code: number | undefined, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SshError'
    this.code = code
  }
}

/**
 * What follows `ssh`: as docker does it, but that nobody is asked anything, as nobody would see the question.
 * @see docker CLI, cli/connhelper; ssh_config(5)
 */
export function sshArguments({ host, user, port, path }: SshEndpoint, controlPath: string): string[] {
  const options = ['BatchMode=yes', 'ConnectTimeout=10', 'ServerAliveInterval=15', 'ServerAliveCountMax=2', 'ControlMaster=auto', `ControlPath=${controlPath}`]
  return [
    ...options.flatMap((option) => ['-o', option]),
    '-T',
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    // What follows is no option, whatever it looks like.
    '--',
    host,
    ...(path === undefined ? ['docker', 'system', 'dial-stdio'] : ['docker', '--host', quoted(`unix://${path}`), 'system', 'dial-stdio']),
  ]
}

/** A connection to the engine of another computer, through the person's own ssh and the docker command over there. */
export function dialSsh(endpoint: SshEndpoint, controlPath: string): Duplex {
  const child = spawn('ssh', sshArguments(endpoint, controlPath), { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  const connection = new Duplex({
    read: () => void child.stdout.resume(),
    write: (chunk, encoding, done) => void child.stdin.write(chunk, encoding, () => done()), // Why it failed its end says.
    final: (done) => void child.stdin.end(done),
    destroy: (error, done) => {
      child.kill()
      done(error)
    },
  })
  child.stdin.on('error', () => undefined)
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-SAID_LIMIT)))
  child.stdout.on('data', (chunk: Buffer) => connection.push(chunk) || child.stdout.pause())
  child.on('error', (cause) => connection.destroy(new SshError('There is no ssh command on this computer.', undefined, { cause })))
  child.on('close', (code) => {
    if (code === 0 || connection.destroyed) connection.push(null)
    else connection.destroy(new SshError(said.trim() || `It ended with code ${code}.`, code ?? undefined))
  })
  return connection
}

/** A word for the shell over there. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
