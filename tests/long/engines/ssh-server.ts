import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../harness/run.ts'
import { freePort } from '../../harness/tcp.ts'

/**
 * Debian's sshd on 127.0.0.1, for root with a key that was made for it; and a folder with an `ssh` that reads no file of a person's, but
 * what is here. `await using` it. The package is openssh-server, which no other test needs.
 */
export class SshServer implements AsyncDisposable {
  readonly port: number
  /** To be first on a PATH. */
  readonly programs: string
  readonly #root: string
  readonly #owned: AsyncDisposableStack

  static async start(): Promise<SshServer> {
    await using owned = new AsyncDisposableStack()
    const root = await mkdtemp('/tmp/er-sshd-')
    owned.defer(() => rm(root, { recursive: true, force: true }))
    const port = await freePort()
    for (const name of ['host', 'person']) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(root, name)])
    await writeFile(
      join(root, 'sshd.conf'),
      `HostKey ${root}/host\nAuthorizedKeysFile ${root}/person.pub\nPermitRootLogin prohibit-password\nStrictModes no\nUsePAM no\nPidFile none\n`,
    )
    await writeFile(join(root, 'ssh.conf'), `IdentityFile ${root}/person\nIdentitiesOnly yes\nUserKnownHostsFile ${root}/known\n`)
    const programs = join(root, 'programs')
    await mkdir(programs)
    await writeFile(join(programs, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${root}/ssh.conf "$@"\n`)
    await chmod(join(programs, 'ssh'), 0o755)
    await mkdir('/run/sshd', { recursive: true }) // It insists on its empty folder.
    const server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(root, 'sshd.conf'), '-o', 'ListenAddress=127.0.0.1', '-p', String(port)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = once(server, 'exit')
    ended.catch(() => undefined) // Its absence is told by the first line, which does not come.
    owned.defer(async () => {
      if (server.exitCode !== null) return
      server.kill()
      await ended
    })
    await once(server.stderr, 'data') // "Server listening on …"
    return new SshServer(port, programs, root, owned.move())
  }

  private constructor(port: number, programs: string, root: string, owned: AsyncDisposableStack) {
    this.port = port
    this.programs = programs
    this.#root = root
    this.#owned = owned
  }

  /** As a person does who has looked at the key. */
  async trustIt(): Promise<void> {
    const key = await readFile(join(this.#root, 'host.pub'), 'utf8')
    await writeFile(join(this.#root, 'known'), `[127.0.0.1]:${this.port} ${key}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync()
  }
}
