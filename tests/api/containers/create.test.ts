import { cpus } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiAnswer } from '../../harness/api-request.ts'
import { startDaemon, type TestDaemon } from '../../harness/daemon.ts'
import { createContainer, inspected, madeContainer, PATH } from './made.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

const create = (body: unknown, query = '', version = '') => createContainer(daemon, body, query, version)
const made = (body: object, query = '', version = '') => madeContainer(daemon, body, query, version)
const inspect = (id: string, version = '') => inspected(daemon, id, version)

const refused = ({ status, body }: ApiAnswer) => [status, (JSON.parse(body) as { message: string }).message]

describe('the answer', () => {
  test('is the id, and warnings that are never null', async () => {
    const { status, body } = await create({ Image: 'busybox' })
    expect(status).toBe(201)
    expect(body).toMatch(/^\{"Id":"[0-9a-f]{64}","Warnings":\[\]\}\n$/)
  })

  test('field names in any case, null for unset, strings for one-word lists', async () => {
    const id = await made({ image: 'busybox', cmd: 'true', Env: null, labels: { A: 'b' }, hostConfig: { autoRemove: null, capAdd: 'NET_ADMIN' }, unknown: 1 })
    const { Path, Args, Config, HostConfig } = await inspect(id)
    expect([Path, Args, Config.Labels, HostConfig.CapAdd]).toEqual(['true', [], { A: 'b' }, ['NET_ADMIN']])
  })
})

describe('what cannot be', () => {
  test.each<[string, unknown, number, string]>([
    ['an image that is not there', { Image: 'nosuch' }, 404, 'No such image: nosuch:latest'],
    ['no body', undefined, 400, 'invalid JSON: got EOF while reading request body'],
    ['no configuration', { HostConfig: {} }, 400, 'config cannot be empty in order to create a container'],
    ['no command', { Image: 'busybox', Cmd: [], Entrypoint: [''] }, 400, 'no command specified'],
    ['a port that is none', { Image: 'busybox', ExposedPorts: { 'x/tcp': {} } }, 400, 'invalid port specification: "x/tcp"'],
    [
      'a container that would be restarted and removed',
      { Image: 'busybox', HostConfig: { AutoRemove: true, RestartPolicy: { Name: 'always' } } },
      400,
      "can't create 'AutoRemove' container with restart policy",
    ],
    [
      'an unknown restart policy',
      { Image: 'busybox', HostConfig: { RestartPolicy: { Name: 'sometimes' } } },
      400,
      "invalid restart policy: unknown policy 'sometimes'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'",
    ],
    [
      'a retry count that counts nothing',
      { Image: 'busybox', HostConfig: { RestartPolicy: { Name: 'always', MaximumRetryCount: 3 } } },
      400,
      "invalid restart policy: maximum retry count can only be used with 'on-failure'",
    ],
    ['too little memory', { Image: 'busybox', HostConfig: { Memory: 1024 * 1024 } }, 400, 'Minimum memory limit allowed is 6MB'],
    [
      'less swap than memory',
      { Image: 'busybox', HostConfig: { Memory: 64 * 1024 * 1024, MemorySwap: 32 * 1024 * 1024 } },
      400,
      'Minimum memoryswap limit should be larger than memory limit, see usage',
    ],
    [
      'more processors than there are',
      { Image: 'busybox', HostConfig: { NanoCpus: 1000 * 1e9 } },
      400,
      `range of CPUs is from 0.01 to ${cpus().length}.00, as there are only ${cpus().length} CPUs available`,
    ],
    [
      'a bind mount of what is not there',
      { Image: 'busybox', HostConfig: { Mounts: [{ Type: 'bind', Source: '/no/such', Target: '/x' }] } },
      400,
      'invalid mount config for type "bind": bind source path does not exist: /no/such',
    ],
    ['two mounts at one place', { Image: 'busybox', HostConfig: { Binds: ['/tmp:/x', '/var:/x'] } }, 400, 'Duplicate mount point: /x'],
    ['a relative working directory', { Image: 'busybox', WorkingDir: 'here' }, 400, "the working directory 'here' is invalid, it needs to be an absolute path"],
    ['an unknown capability', { Image: 'busybox', HostConfig: { CapAdd: ['X'] } }, 400, 'invalid CapAdd: unknown capability: "CAP_X"'],
    ['a hasty healthcheck', { Image: 'busybox', Healthcheck: { Test: ['NONE'], Interval: 5 } }, 400, 'Interval in Healthcheck cannot be less than 1ms'],
    ['an unknown runtime', { Image: 'busybox', HostConfig: { Runtime: 'walk' } }, 400, 'unknown or invalid runtime name: walk'],
    ['volumes from nobody', { Image: 'busybox', HostConfig: { VolumesFrom: ['nobody'] } }, 400, 'No such container: nobody'],
    ['a link to nobody', { Image: 'busybox', HostConfig: { Links: ['nobody:db'] } }, 400, 'could not get container for nobody: No such container: nobody'],
    ['the network of nobody', { Image: 'busybox', HostConfig: { NetworkMode: 'container:nobody' } }, 400, 'No such container: nobody'],
    ['a number where a text belongs', { Image: 5 }, 400, 'invalid JSON: json: cannot unmarshal number 5 into Go struct field .Image of type string'],
  ])('%s', async (_, body, status, message) => {
    expect(refused(await create(body))).toEqual([status, message])
  })

  test.each([
    ['cut off JSON', '{"Image":', 'invalid JSON: unexpected EOF'],
    ['what is no JSON', '{"Image": busybox}', "invalid JSON: invalid character 'b' looking for beginning of value"],
    ['more than one value', '{"Image":"busybox"}{}', 'unexpected content after JSON'],
  ])('%s', async (_, text, message) => {
    expect(refused(await daemon.api('POST', '/containers/create', text, { 'content-type': 'application/json' }))).toEqual([400, message])
  })

  test('JSON that is called something else', async () => {
    const answer = await daemon.api('POST', '/containers/create', '{"Image":"busybox"}', { 'content-type': 'text/plain' })
    expect(refused(answer)).toEqual([400, "unsupported Content-Type header (text/plain): must be 'application/json'"])
  })

  test('none of it leaves anything behind', async () => {
    const before = await daemon.ok('ps', '-aq')
    await create({ Image: 'busybox', HostConfig: { Binds: ['/tmp:/x', '/var:/x'], VolumesFrom: ['nobody'] }, Volumes: { '/data': {} } })
    expect(await daemon.ok('ps', '-aq')).toBe(before)
    expect(await daemon.ok('volume', 'ls', '-q')).toBe('')
  })
})

describe('names', () => {
  test.each(['a', '-ab', 'a b', 'a/b', 'ü1'])('%j is none', async (name) => {
    expect(refused(await create({ Image: 'busybox' }, `?name=${encodeURIComponent(name)}`))).toEqual([
      400,
      `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    ])
  })

  test('a leading slash is not part of it; a name is taken by whoever has it', async () => {
    const id = await made({}, '?name=/mine')
    expect((await inspect('mine')).Name).toBe('/mine')
    expect(refused(await create({ Image: 'busybox' }, '?name=mine'))).toEqual([
      409,
      `Conflict. The container name "/mine" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
    ])
    await daemon.ok('rm', 'mine')
    await made({}, '?name=mine')
  })

  test('two that ask for one name at the same time: one gets it', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => create({ Image: 'busybox' }, '?name=wanted')))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(409)])
  })

  test('a container is found by id, by a unique beginning of it, and by name with or without a slash', async () => {
    const id = await made({}, '?name=findme')
    for (const reference of [id, id.slice(0, 12), 'findme', '/findme']) expect((await inspect(reference)).Id).toBe(id)
    expect(refused(await daemon.api('GET', '/containers/nosuch/json'))).toEqual([404, 'No such container: nosuch'])
  })

  test('a beginning that fits several is refused', async () => {
    const ids = await Promise.all(Array.from({ length: 17 }, () => made({})))
    const shared = [...'0123456789abcdef'].find((digit) => ids.filter((id) => id.startsWith(digit)).length > 1) ?? ''
    expect(refused(await daemon.api('GET', `/containers/${shared}/json`))).toEqual([400, `multiple IDs found with provided prefix: ${shared}`])
  })
})

describe('the image’s configuration', () => {
  beforeAll(async () => {
    await daemon.ok('create', '--name', 'template', 'busybox')
    const changes = [
      'ENV A=image',
      'ENV B=image',
      'ENTRYPOINT ["echo"]',
      'CMD ["image"]',
      'LABEL from=image',
      'USER 7',
      'WORKDIR /work',
      'EXPOSE 80',
      'VOLUME /data',
      'STOPSIGNAL SIGINT',
    ]
    await daemon.ok('commit', ...changes.flatMap((change) => ['-c', change]), 'template', 'configured')
  })

  test('is what counts when the client says nothing', async () => {
    const { Path, Args, Config } = await inspect(await made({ Image: 'configured' }))
    expect([Path, Args]).toEqual(['echo', ['image']])
    expect(Config).toMatchObject({
      Env: [PATH, 'A=image', 'B=image'],
      Entrypoint: ['echo'],
      Cmd: ['image'],
      Labels: { from: 'image' },
      User: '7',
      WorkingDir: '/work',
      ExposedPorts: { '80/tcp': {} },
      Volumes: { '/data': {} },
      StopSignal: 'SIGINT',
    }) // prettier-ignore
  })

  test('and is merged with what the client says', async () => {
    const sent = {
      Env: ['A=client', 'C=client'],
      Cmd: ['x'],
      Labels: { by: 'client' },
      User: '8',
      WorkingDir: '/',
      ExposedPorts: { '90/tcp': {} },
      Volumes: { '/more': {} },
    }
    const { Path, Args, Config } = await inspect(await made({ Image: 'configured', ...sent }))
    expect([Path, Args]).toEqual(['echo', ['x']])
    expect(Config).toMatchObject({
      Labels: { from: 'image', by: 'client' },
      User: '8',
      WorkingDir: '/',
      ExposedPorts: { '80/tcp': {}, '90/tcp': {} },
      Volumes: { '/data': {}, '/more': {} },
    }) // prettier-ignore
    expect((Config.Env as string[]).toSorted()).toEqual(['A=client', 'B=image', 'C=client', PATH])
  })

  test('a client’s entrypoint drops the image’s command; an empty one drops the entrypoint', async () => {
    expect(await inspect(await made({ Image: 'configured', Entrypoint: ['ls'] }))).toMatchObject({ Path: 'ls', Args: [] })
    expect(await inspect(await made({ Image: 'configured', Entrypoint: [''], Cmd: ['pwd'] }))).toMatchObject({ Path: 'pwd', Args: [] })
  })
})

describe('older clients', () => {
  test('below 1.44 there is one network', async () => {
    const networks = { NetworkingConfig: { EndpointsConfig: { bee: {}, ant: {} } } }
    expect(refused(await create({ Image: 'busybox', ...networks }, '', '/v1.43'))).toEqual([
      400,
      'Container cannot be created with multiple network endpoints: ant, bee',
    ])
  })

  test('below 1.45 the short id is an alias', async () => {
    const id = await made({})
    expect((await inspect(id, '/v1.44')).NetworkSettings).toMatchObject({ Networks: { bridge: { Aliases: [id.slice(0, 12)] } } })
  })
})
