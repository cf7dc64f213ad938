import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { run } from '../../harness/run.ts'
import { Session } from '../../harness/session.ts'
import { until } from '../../harness/until.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

type Files = Readonly<Record<string, string>>

/** Writes a context, builds it with the docker CLI, and removes it again. */
async function build(files: Files, args: readonly string[] = [], prepare: (folder: string) => Promise<unknown> = async () => undefined) {
  const folder = await mkdtemp('/tmp/er-context-')
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), content)
    }
    await prepare(folder)
    return await daemon.docker(['build', ...args, folder])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function built(tag: string, files: Files, args: readonly string[] = []): Promise<string> {
  const { code, stdout, stderr } = await build(files, ['-t', tag, ...args])
  expect(stdout + stderr).toContain(`Successfully tagged ${tag}:latest`)
  expect(code).toBe(0)
  return stdout
}

describe('a build', () => {
  test('runs steps in order, and names the result', async () => {
    const out = await built('first', { Dockerfile: 'FROM busybox\nENV A=1\nRUN echo "a is $A" > /a && echo seen\nCMD ["cat", "/a"]\n' })
    expect(out).toMatch(/Step 3\/4 : RUN echo "a is \$A" > \/a && echo seen\n ---> Running in [0-9a-f]{12}\nseen\n ---> Removed intermediate container/)
    expect(await daemon.ok('run', '--rm', 'first')).toBe('a is 1')
  })

  test('takes a Dockerfile that is somewhere else, or that is typed', async () => {
    const elsewhere = await mkdtemp('/tmp/er-dockerfile-')
    const files = { a: 'in the context', '.dockerignore': 'b\n', b: 'ignored' }
    try {
      await writeFile(join(elsewhere, 'Dockerfile'), 'FROM busybox\nCOPY . /c\nCMD ls -A /c\n')
      await built('from-elsewhere', files, ['-f', join(elsewhere, 'Dockerfile')])
      expect(await daemon.ok('run', '--rm', 'from-elsewhere')).toBe('.dockerignore\na')
      await mkdir(join(elsewhere, 'context'))
      await writeFile(join(elsewhere, 'context', 'a'), 'in the context')
      const { code, stderr } = await daemon.docker(['build', '-t', 'typed', '-f', '-', join(elsewhere, 'context')], {
        input: 'FROM busybox\nCOPY a /a\nCMD cat /a\n',
      })
      expect([code, stderr]).toEqual([0, expect.not.stringContaining('Error')])
      expect(await daemon.ok('run', '--rm', 'typed')).toBe('in the context')
    } finally {
      await rm(elsewhere, { recursive: true, force: true })
    }
  })

  test('takes what has not changed from the cache, and no more', async () => {
    const dockerfile = 'FROM busybox\nWORKDIR /w\nCOPY . .\nRUN cat a > b\n'
    await built('cached', { Dockerfile: dockerfile, a: '1' })
    const id = await daemon.ok('inspect', '-f', '{{.Id}}', 'cached')
    expect((await built('cached', { Dockerfile: dockerfile, a: '1' })).match(/Using cache/g)).toHaveLength(3)
    expect(await daemon.ok('inspect', '-f', '{{.Id}}', 'cached')).toBe(id)
    expect((await built('cached', { Dockerfile: dockerfile, a: '2' })).match(/Using cache/g)).toHaveLength(1)
    expect(await built('cached', { Dockerfile: dockerfile, a: '2' }, ['--no-cache'])).not.toContain('Using cache')
    expect(await daemon.ok('run', '--rm', 'cached', 'cat', 'b')).toBe('2')
  })

  test('makes only the stages that the target needs', async () => {
    const Dockerfile =
      'FROM busybox AS unused\nRUN false\nFROM busybox AS Made\nRUN echo made > /m\nFROM scratch\nCOPY --from=made /m /m\nCOPY --from=busybox /bin/busybox /bin/busybox\nCMD ["/bin/busybox", "cat", "/m"]\n'
    expect(await built('staged', { Dockerfile })).toContain('Step 1/6 : FROM busybox AS Made')
    expect(await daemon.ok('run', '--rm', 'staged')).toBe('made')
    await built('only-made', { Dockerfile }, ['--target', 'made'])
    expect(await daemon.ok('run', '--rm', 'only-made', 'cat', '/m')).toBe('made')
    expect((await build({ Dockerfile }, ['--target', 'nope'])).stderr).toContain('target stage "nope" could not be found')
  })

  test('gives arguments to FROM, to steps, and tells of those that nobody wanted', async () => {
    const Dockerfile = 'ARG BASE=nosuch\nFROM ${BASE}\nARG WHO=nobody\nENV SAID="hi $WHO"\nRUN echo $WHO $HTTP_PROXY > /who\n'
    const out = await built('argued', { Dockerfile }, [
      '--build-arg',
      'BASE=busybox',
      '--build-arg',
      'WHO=me',
      '--build-arg',
      'HTTP_PROXY=p',
      '--build-arg',
      'MORE=x',
    ])
    expect(out).toContain('[Warning] One or more build-args [MORE] were not consumed')
    expect(await daemon.ok('run', '--rm', 'argued', 'sh', '-c', 'cat /who; echo $SAID; echo "[$WHO]"')).toBe('me p\nhi me\n[]')
  })

  test('keeps owners, modes, links and folders of what it copies', async () => {
    const Dockerfile =
      'FROM busybox\nRUN mkdir -m 1777 /there && ln -s /there /link\nCOPY --chown=5:6 --chmod=604 sub/f link/\nCOPY sub /new/\nCOPY ["a b", "/new/"]\n'
    const { code } = await build({ Dockerfile, 'sub/f': 'f', 'sub/deep/g': 'g', 'a b': '' }, ['-t', 'copied'], (folder) => symlink('f', join(folder, 'sub/l')))
    expect(code).toBe(0)
    const listed = await daemon.ok('run', '--rm', 'copied', 'stat', '-c', '%n %a %u:%g', '/there', '/there/f', '/new/f', '/new/deep/g', '/new/a b')
    expect(listed.split('\n')).toEqual(['/there 1777 0:0', '/there/f 604 5:6', '/new/f 644 0:0', '/new/deep/g 644 0:0', '/new/a b 644 0:0'])
    expect(await daemon.ok('run', '--rm', 'copied', 'readlink', '/new/l')).toBe('f')
  })

  test('copies documents of the Dockerfile, unpacks archives, and fetches from the web', async () => {
    const server = createServer((_, response) => response.end('from the web')).listen(0, '127.0.0.1')
    await until('the server', () => server.listening)
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const Dockerfile = `FROM busybox\nENV N=1\nCOPY <<a <<"b" /d/\nn is $N\na\nn is $N\nb\nADD x.tar.gz /x/\nADD http://127.0.0.1:${port}/page /web\nRUN <<EOF\necho script\nEOF\n`
    const { code, stdout } = await build({ Dockerfile, 'in/file': 'packed' }, ['-t', 'added'], (folder) =>
      run('tar', ['czf', 'x.tar.gz', 'in'], { cwd: folder }),
    )
    server.close()
    expect(code).toBe(0)
    expect(stdout).toContain('\nscript\n')
    expect(await daemon.ok('run', '--rm', 'added', 'sh', '-c', 'cat /d/a /d/b /x/in/file; echo; cat /web; stat -c %a /web')).toBe(
      'n is 1\nn is $N\npacked\nfrom the web600',
    )
  })

  test('a file of the context that is copied again and again stays the same', async () => {
    const Dockerfile = 'FROM busybox\nCOPY one/x two/x /d/\nCOPY one/x /again\nCOPY --chmod=600 one/x /private\nCOPY one/x /last\n'
    await built('again', { Dockerfile, 'one/x': 'one', 'two/x': 'two' })
    expect(await daemon.ok('run', '--rm', 'again', 'sh', '-c', 'cd /; for f in d/x again private last; do cat $f; stat -c " %a %h" $f; done')).toBe(
      'two 644 1\none 644 1\none 600 1\none 644 1',
    )
  })

  test('a large file becomes a layer that can be saved, and loaded by its digest', async () => {
    const large = 'a line of a large file\n'.repeat(150_000)
    await built('large', { Dockerfile: 'FROM scratch\nCOPY large /srv/app/\n', large })
    const archive = join(await mkdtemp('/tmp/er-large-'), 'large.tar')
    try {
      await daemon.ok('save', '-o', archive, 'large')
      await daemon.ok('rmi', 'large')
      expect(await daemon.ok('load', '-i', archive)).toBe('Loaded image: large:latest')
      await built('reader', { Dockerfile: 'FROM busybox\nCOPY --from=large /srv/app/large /read\n' })
      const { code, stdout } = await daemon.docker(['run', '--rm', 'reader', 'cat', '/read'])
      expect([code, stdout === large]).toEqual([0, true])
    } finally {
      await rm(dirname(archive), { recursive: true, force: true })
    }
  })

  test('leaves out what .dockerignore names, also for clients that send everything', async () => {
    const folder = await mkdtemp('/tmp/er-context-')
    await mkdir(join(folder, 'd'))
    for (const name of ['keep', 'drop', 'd/x', 'd/keep']) await writeFile(join(folder, name), name)
    await writeFile(join(folder, '.dockerignore'), 'drop\nd\n!d/keep\n')
    await writeFile(join(folder, 'Dockerfile'), 'FROM busybox\nCOPY . /c\nRUN cd /c && find . -type f | sort\n')
    const tar = await run('sh', [
      '-c',
      `tar -C ${folder} -c . | curl -s --unix-socket ${daemon.socketPath} -X POST --data-binary @- -H 'Content-Type: application/x-tar' 'http://engine/build?t=ignored'`,
    ])
    await rm(folder, { recursive: true })
    expect(tar.stdout).toContain('./d/keep')
    expect(tar.stdout).toContain('./keep')
    expect(tar.stdout).not.toMatch(/\.\/(drop|d\/x)/)
  })

  test('runs the triggers of its base once', async () => {
    await built('triggering', { Dockerfile: 'FROM busybox\nONBUILD RUN echo triggered > /t\n' })
    expect(await built('triggered', { Dockerfile: 'FROM triggering\nRUN cat /t\n' })).toContain('# Executing 1 build trigger')
    expect(await built('grandchild', { Dockerfile: 'FROM triggered\nRUN true\n' })).not.toContain('Executing')
  })

  test('an entrypoint takes the command of the base away', async () => {
    await built('with-command', { Dockerfile: 'FROM busybox\nCMD ["a"]\n' })
    await built('with-entrypoint', { Dockerfile: 'FROM with-command\nENTRYPOINT ["echo", "x"]\nLABEL l=1\n' }, ['--label', "it's=quoted $A"])
    expect(await daemon.ok('run', '--rm', 'with-entrypoint')).toBe('x')
    expect(await daemon.ok('inspect', '-f', '{{json .Config.Labels}}', 'with-entrypoint')).toBe('{"it\'s":"quoted $A","l":"1"}')
  })

  test('says nothing but the id when asked to be quiet', async () => {
    const { stdout } = await build({ Dockerfile: 'FROM busybox\nRUN echo noise\n' }, ['-q'])
    expect(stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/)
  })
})

describe('a build that fails', () => {
  test('ends with the exit code of the command, and keeps its container unless told otherwise', async () => {
    const files = { Dockerfile: 'FROM busybox\nRUN exit 7\n' }
    const { code, stderr } = await build(files, ['--force-rm'])
    expect(code).toBe(7)
    expect(stderr).toContain("The command '/bin/sh -c exit 7' returned a non-zero code: 7")
    expect(await daemon.ok('ps', '-aq')).toBe('')
    await build(files)
    expect((await daemon.ok('ps', '-aq')).split('\n')).toHaveLength(1)
    await daemon.removeAllContainers()
  })

  test.each([
    ['FROM busybox\nFOO x\n', 'dockerfile parse error on line 2: unknown instruction: FOO'],
    ['# nothing\n', 'failed to parse Dockerfile: file with no instructions'],
    ['', 'the Dockerfile (Dockerfile) cannot be empty'],
    ['FROM busybox\nENV A\n', 'failed to parse Dockerfile: ENV must have two arguments'],
    ['RUN true\n', 'no build stage in current context'],
    ['FROM busybox\nCOPY nope /x\n', 'COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist'],
    ['FROM busybox\nCOPY Dockerfile Dockerfile /x\n', 'When using COPY with more than one source file, the destination must be a directory and end with a /'],
    ['FROM busybox\nENV A=${B:?missing}\n', 'failed to process "${B:?missing}": B: missing'],
    ['FROM busybox\nCOPY Dockerfile /etc/passwd/x\n', 'failed to copy files: mkdir /etc/passwd: not a directory'],
    ['FROM busybox\nHEALTHCHECK --interval=1us CMD x\n', 'dockerfile parse error on line 2: Interval "interval" cannot be less than 1ms'],
    ['FROM busybox\nRUN --security=insecure true\n', 'security.insecure is not allowed'],
  ])('%j says so', async (Dockerfile, message) => {
    const { code, stderr } = await build({ Dockerfile })
    expect(stderr).toContain(message)
    expect(code).not.toBe(0)
  })

  test('cannot be led out of its context by a link', async () => {
    const files = { Dockerfile: 'FROM busybox\nCOPY out /x\n' }
    const { stderr } = await build(files, [], (folder) => symlink('/etc/hostname', join(folder, 'out')))
    expect(stderr).toContain('file does not exist')
  })

  test('that was cut off with its daemon leaves nothing to the next one', async () => {
    const before = await daemon.ok('ps', '-aq')
    const cutOff = build({ Dockerfile: 'FROM busybox\nRUN echo begun; exec sleep 1000\n' })
    await until('the step to run', async () => (await daemon.ok('ps', '-q')) !== '')
    // What a COPY has mounted while it looks at the image below.
    const point = join(daemon.dataRoot, 'builds', 'left', 'root')
    await mkdir(point, { recursive: true })
    expect(await run('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', point])).toMatchObject({ code: 0 })
    await daemon.stop('SIGKILL')
    expect((await cutOff).code).toBe(1)
    await daemon.start()
    await until('the container of the step to be gone', async () => (await daemon.ok('ps', '-aq')) === before)
    expect(await readdir(daemon.dataRoot)).not.toContain('builds')
  })

  test('leaves no container, mount or folder when its client goes away', async () => {
    const folder = await mkdtemp('/tmp/er-context-')
    await writeFile(join(folder, 'Dockerfile'), 'FROM busybox\nRUN sleep 1000\n')
    await using building = new Session(daemon, 'env', ['DOCKER_BUILDKIT=0', 'docker', 'build', folder])
    await until('the step to run', async () => (await daemon.ok('ps', '-q')) !== '')
    building.kill('SIGKILL')
    await building.ended
    await rm(folder, { recursive: true })
    await until('everything to be gone', async () => (await daemon.ok('ps', '-aq')) === '' && (await readdir(join(daemon.dataRoot, 'builds'))).length === 0)
    expect(await daemon.lastTraces()).toEqual([])
  })
})
