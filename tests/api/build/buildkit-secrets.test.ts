import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BuildKitClient, type ClientOptions, Told } from '../../harness/buildkit/client.ts'
import { contextFolder, failureOf } from '../../harness/buildkit/context-folder.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'

/** What a client hands over for one step, by BuildKit's protocol: secrets in variables, and its SSH agent. */

let daemon: TestDaemon
let folders: string
beforeAll(async () => {
  daemon = await startDaemon({ flags: ['--debug'] })
  folders = await mkdtemp('/tmp/er-buildkit-secrets-')
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await rm(folders, { recursive: true, force: true })
})

const clientOf = async (dockerfile: string, options: Partial<ClientOptions>) =>
  BuildKitClient.connect(daemon.socketPath, { context: await contextFolder(folders, { Dockerfile: dockerfile }), ...options })
const image = (name: string) => ({ type: 'moby', attrs: { name } })

/** Has the inspector look, which records as long as somebody does. @returns all that it has recorded meanwhile */
async function inspected(work: () => Promise<void>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let told = ''
  const looking = request({ socketPath: daemon.socketPath, path: '/engineroom/v1/requests' }, (response) => {
    response.setEncoding('utf8').on('data', (text: string) => {
      told += text
    })
    resolve()
  })
  looking.on('error', reject).end()
  await promise
  try {
    await work()
    return told + (await daemon.api('GET', '/engineroom/v1/requests/details')).body
  } finally {
    looking.off('error', reject).on('error', () => undefined)
    looking.destroy()
  }
}

/** Wherever the engine writes: images, records, logs. */
async function filesWith(text: string): Promise<string> {
  return (await run('grep', ['-rlaF', text, daemon.dataRoot, daemon.execRoot, join(daemon.root, 'log')])).stdout
}

describe('a secret in a variable', () => {
  const SECRET = `kept-${'from'}-all-91c4`

  test('is there for its step, and nowhere else', async () => {
    const dockerfile = [
      'FROM busybox',
      'RUN --mount=type=secret,id=key,env=KEY echo "$KEY" | tr a-z A-Z > /upper && ls /run/secrets 2>&1 | grep -c key; true',
      'RUN --mount=type=secret,id=key,env=KEY,target=/both [ "$(cat /both)" = "$KEY" ] && echo both',
      'RUN echo "after: ${KEY-none}" && ls /both 2>&1 | wc -c',
    ].join('\n')
    let told = new Told()
    const seen = await inspected(async () => {
      using buildx = await clientOf(dockerfile, { secrets: { key: SECRET } })
      told = (await buildx.build({}, [image('variable')])).told
    })
    expect(seen).toContain('"/grpc"')
    expect(seen).not.toContain(SECRET)
    expect(told.logs).toMatch(/^0\nboth\nafter: none\n/)
    expect(await daemon.ok('run', '--rm', 'variable', 'cat', '/upper')).toBe(SECRET.toUpperCase())
    expect(told.everything).not.toContain(SECRET)
    expect(await daemon.ok('image', 'inspect', 'variable')).not.toMatch(/KEY|SSH/)
    expect(await filesWith(SECRET)).toBe('')
  })

  test('is not what a cached step depends on, but where it is wanted is', async () => {
    const step = (mount: string) => `FROM busybox\nRUN --mount=type=secret,id=key,${mount} true\n`
    const isCached = async (dockerfile: string, key: string) => {
      using buildx = await clientOf(dockerfile, { secrets: { key } })
      return (await buildx.build()).told.steps.some((name) => name.endsWith('CACHED'))
    }
    expect(await isCached(step('env=A'), 'one')).toBe(false)
    expect(await isCached(step('env=A'), 'two')).toBe(true)
    expect(await isCached(step('env=B'), 'two')).toBe(false)
  })
})

/** Where on the machine the sockets of agents are now. */
async function sockets(): Promise<string[]> {
  const builds = join(daemon.dataRoot, 'builds')
  return (await readdir(builds, { recursive: true })).filter((path) => path.endsWith('/agent')).map((path) => join(builds, path))
}

function exchange(path: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = connect(path, () => connection.write(text))
    connection.once('data', (data) => {
      resolve(data.toString())
      connection.end()
    })
    connection.once('error', reject)
  })
}

describe('an SSH agent', () => {
  const agents = { default: (said: Buffer) => Buffer.from(`default heard ${said}`), git: (said: Buffer) => Buffer.from(`git heard ${said}`) }

  test('answers on a socket in the step, which goes with it', async () => {
    const dockerfile = [
      'FROM busybox',
      'RUN --mount=type=ssh,mode=0660,uid=5,gid=6 --mount=type=ssh,id=git,target=/git.sock echo $SSH_AUTH_SOCK && \\',
      '  stat -c "%a %u %g %F" $SSH_AUTH_SOCK /git.sock && until [ -e /tmp/go ]; do sleep 0.1; done; rm /tmp/go',
      'RUN echo "after: ${SSH_AUTH_SOCK-none}" && ls /run/buildkit /git.sock 2>&1 | grep -c "No such"',
    ].join('\n')
    using buildx = await clientOf(dockerfile, { agents })
    const built = buildx.build({}, [image('agent')])
    const paths = await until('both sockets', async () => {
      const found = await sockets()
      return found.length === 2 ? found : undefined
    })
    const answers = await Promise.all(paths.flatMap((path) => [exchange(path, 'one'), exchange(path, 'two')]))
    expect(answers.sort()).toEqual(['default heard one', 'default heard two', 'git heard one', 'git heard two'])
    const id = await until('the step to run', async () => (await daemon.ok('ps', '-q')) || undefined)
    expect(await daemon.ok('inspect', '-f', '{{.Config.Env}}', id)).not.toContain('SSH_AUTH_SOCK')
    await daemon.ok('exec', id, 'touch', '/tmp/go')
    const { told } = await built
    expect(told.logs).toBe('/run/buildkit/ssh_agent.0\n660 5 6 socket\n600 0 0 socket\nafter: none\n2\n')
    expect(await sockets()).toEqual([])
    expect(await daemon.ok('image', 'inspect', 'agent')).not.toContain('SSH_AUTH_SOCK')
  })

  test('that the client has not is an error where it is required, and nothing elsewhere', async () => {
    using buildx = await clientOf('FROM busybox\nRUN --mount=type=ssh echo "${SSH_AUTH_SOCK-none}"\nRUN --mount=type=ssh,id=other,required true\n', {})
    const failure = await failureOf(buildx.build())
    expect(failure.rawMessage).toBe('no SSH key "other" forwarded from the client')
  })
})

describe('what a client keeps', () => {
  const MARK = `seen-${'by'}-everybody-3d1f`
  const [FILE, VARIABLE, SAID, ANSWER] = ['file', 'variable', 'said', 'answer'].map((what) => `never-${what}-${'to'}-be-kept-58ab`) as [
    string,
    string,
    string,
    string,
  ]

  /** All that the engine has written, and given away, as text: what is packed, unpacked. */
  async function written(client: BuildKitClient): Promise<Record<string, string>> {
    const history = join(daemon.dataRoot, 'build-history')
    const packed = (await readdir(history)).filter((name) => name.endsWith('.gz')).map(async (name) => gunzipSync(await readFile(join(history, name))))
    const blobs = [...client.stores.of('local:/made').values()].map((blob) => (blob[0] === 0x1f && blob[1] === 0x8b ? gunzipSync(blob) : blob))
    const text = (all: readonly Buffer[]) => Buffer.concat(all).toString('latin1')
    return {
      history: text(await Promise.all(packed)),
      'cache that was exported': text(blobs),
      image: (await daemon.docker(['save', 'kept'])).stdout,
      log: await daemon.log(),
    }
  }

  test('is in no layer, cache, log, record or inspector', async () => {
    const dockerfile = [
      'FROM busybox',
      `RUN --mount=type=secret,id=file --mount=type=secret,id=variable,env=KEY --mount=type=ssh --mount=type=cache,target=/c echo ${MARK} | tee /mark /c/mark && \\`,
      '  cat /run/secrets/file | wc -c && echo -n "$KEY" | wc -c && until [ -e /tmp/go ]; do sleep 0.1; done; rm /tmp/go',
    ].join('\n')
    const options = {
      secrets: { file: FILE, variable: VARIABLE },
      agents: { default: (said: Buffer) => Buffer.from(said.toString() === SAID ? ANSWER : 'what?') },
    }
    using buildx = await clientOf(dockerfile, options)
    const told = new Told()
    const seen = await inspected(async () => {
      const ref = `kept-${buildx.id}`
      const cache = { exports: [{ type: 'local', attrs: { dest: '/made', mode: 'max' } }] }
      const solved = buildx.control.solve({ ref, session: buildx.id, frontend: 'dockerfile.v0', exporters: [image('kept')], cache })
      const built = Promise.all([solved, told.listen(buildx.control.status({ ref }))])
      built.catch(() => undefined)
      const [socket = ''] = await until('the socket', async () => {
        const found = await sockets()
        return found.length === 1 ? found : undefined
      })
      expect(await exchange(socket, SAID)).toBe(ANSWER)
      const id = await until('the step to run', async () => (await daemon.ok('ps', '-q')) || undefined)
      await daemon.ok('exec', id, 'touch', '/tmp/go')
      await built
    })
    expect(told.logs).toBe(`${MARK}\n${FILE.length}\n${VARIABLE.length}\n`)
    const places: Record<string, string> = { ...(await written(buildx)), inspector: seen, 'what it told': told.everything }
    // Each is where something of the build is, so that it would be found there.
    const marks: Readonly<Record<string, string>> = { inspector: '"/grpc"', log: 'level=' }
    for (const [place, text] of Object.entries(places)) expect([place, text.includes(marks[place] ?? MARK)]).toEqual([place, true])
    expect(await filesWith(MARK)).toMatch(/build-caches\/.*mark/)
    for (const secret of [FILE, VARIABLE, SAID, ANSWER]) {
      for (const form of [secret, Buffer.from(secret).toString('base64').slice(0, -4), Buffer.from(secret).toString('hex')]) {
        for (const [place, text] of Object.entries(places)) expect([place, text.includes(form)]).toEqual([place, false])
        expect(await filesWith(form)).toBe('')
      }
    }
  })
})
