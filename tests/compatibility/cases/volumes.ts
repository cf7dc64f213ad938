import { type Case, type Chapter, NEWER_WORDS } from '../case.ts'
import type { Engine } from '../engine.ts'

async function withVolume(engine: Engine, ask: () => Promise<string>): Promise<string> {
  await engine.must('POST', '/volumes/create', { Name: 'vol', Labels: { of: 'mine' } })
  const answer = await ask()
  await engine.request('DELETE', '/volumes/vol')
  return answer
}

/** Another volume, that a container has. */
async function withGiver(engine: Engine, ask: () => Promise<string>): Promise<string> {
  await engine.must('POST', '/volumes/create', { Name: 'spare' })
  return withVolume(engine, async () => {
    await engine.create('giver', { HostConfig: { Binds: ['vol:/x'] } })
    try {
      return await ask()
    } finally {
      await engine.request('DELETE', '/containers/taker?force=1')
      await engine.remove('giver')
      await engine.request('DELETE', '/volumes/spare')
    }
  })
}

const VOLUMES_FROM: readonly (readonly [mode: string, name: string])[] = [
  [':ro', 'read-only'],
  [':ro,z', 'several words'],
  [':rprivate', 'propagation is not for the taker to say'],
  [':nocopy', 'nor whether it is filled'],
  [':ro,rw', 'what contradicts itself'],
  [':bogus', 'a mode that is none'],
]

export const volumes: Chapter = {
  title: 'Volumes and networks',
  cases: [
    {
      subject: 'GET /volumes/{name}',
      name: 'its fields',
      ask: (engine) => withVolume(engine, () => engine.get('/volumes/vol', 'Name', 'Driver', 'Labels', 'Options', 'Scope')),
    },
    { subject: 'GET /volumes/{name}', name: 'not there', ask: (engine) => engine.status('GET', '/volumes/nosuch') },
    {
      subject: 'POST /volumes/create',
      name: 'a second time',
      ask: (engine) => withVolume(engine, () => engine.status('POST', '/volumes/create', { Name: 'vol' })),
    },
    {
      subject: 'POST /volumes/create',
      name: 'a name that is none',
      ask: (engine) => engine.status('POST', '/volumes/create', { Name: '_' }),
      differs: NEWER_WORDS,
    },
    {
      subject: 'POST /volumes/create',
      name: 'an option that is none',
      ask: (engine) => engine.status('POST', '/volumes/create', { Name: 'xx', DriverOpts: { nosuch: 'x' } }),
    },
    { subject: 'DELETE /volumes/{name}', name: 'removed', ask: (engine) => withVolume(engine, () => engine.status('DELETE', '/volumes/vol')) },
    { subject: 'DELETE /volumes/{name}', name: 'not there', ask: (engine) => engine.status('DELETE', '/volumes/nosuch') },
    { subject: 'DELETE /volumes/{name}?force=1', name: 'not there', ask: (engine) => engine.status('DELETE', '/volumes/nosuch?force=1') },
    {
      subject: 'DELETE /volumes/{name}',
      name: 'used by a container',
      ask: (engine) =>
        withVolume(engine, async () => {
          await engine.create('user-of-volume', { HostConfig: { Binds: ['vol:/x'] } })
          const answer = await engine.status('DELETE', '/volumes/vol')
          await engine.remove('user-of-volume')
          return answer
        }),
    },
    {
      subject: 'GET /volumes?filters={"label":["of=mine"]}',
      name: 'by label',
      ask: (engine) =>
        withVolume(engine, async () =>
          (await engine.must<{ Volumes: { Name: string }[] }>('GET', '/volumes?filters={"label":["of=mine"]}')).Volumes.map(({ Name }) => Name).join(),
        ),
    },
    {
      subject: 'docker create --volumes-from',
      name: 'the mounts of another',
      async ask(engine) {
        await engine.create('giver', { HostConfig: { Binds: ['vol:/x:ro'] } })
        await engine.create('taker', { HostConfig: { VolumesFrom: ['giver'] } })
        const answer = await engine.get('/containers/taker/json', 'Mounts')
        await engine.remove('taker')
        await engine.remove('giver')
        await engine.must('DELETE', '/volumes/vol')
        return answer
      },
    },
    ...VOLUMES_FROM.map(
      ([mode, name]): Case => ({
        subject: 'docker create --volumes-from',
        name,
        ask: (engine) => withGiver(engine, () => engine.says(`create --name taker --volumes-from giver${mode} busybox true`)),
      }),
    ),
    { subject: 'docker create --volumes-from', name: 'of nobody', ask: (engine) => engine.says(`create --volumes-from '' busybox`) },
    { subject: 'docker create --volumes-from', name: 'one that is not there', ask: (engine) => engine.says('create --volumes-from nosuch busybox') },
    {
      subject: 'docker create --volumes-from --tmpfs',
      name: 'inspect: what the tmpfs hides',
      ask: (engine) =>
        withGiver(engine, async () => {
          await engine.create('taker', { HostConfig: { VolumesFrom: ['giver'], Tmpfs: { '/x': '' } } })
          return engine.get('/containers/taker/json', 'Mounts')
        }),
    },
    {
      subject: 'docker create --volume --tmpfs',
      name: 'at one place',
      ask: (engine) => engine.says('create -v vol:/x --tmpfs /x busybox'),
    },
    ...['dangling=true', 'dangling=false', 'driver=local', 'driver=nosuch', 'label=of', 'label=of=other', 'name=vo', 'name=xvol'].map(
      (filter): Case => ({
        subject: 'docker volume ls --filter',
        name: `of two, one of which is used: ${filter}`,
        ask: (engine) =>
          withGiver(engine, () =>
            engine.says(
              `volume ls --filter ${filter} --filter ${filter.startsWith('name') ? 'driver=local' : 'name=vol'} --filter name=spare --format {{.Name}}`,
            ),
          ),
      }),
    ),
    {
      subject: 'docker volume prune --filter',
      name: 'by label, also those that have a name',
      ask: (engine) => withVolume(engine, () => engine.says('volume prune -f --filter label=of=mine')),
    },
    {
      subject: 'docker volume prune',
      name: 'one that is used',
      ask: (engine) =>
        withGiver(engine, async () => `${await engine.says('volume prune -f --filter label=of=mine')} ${await engine.says('volume ls -q --filter name=vol')}`),
    },
    {
      subject: 'docker rm --volumes',
      name: 'only those without a name go',
      ask: (engine) =>
        withVolume(engine, async () => {
          await engine.create('giver', { HostConfig: { Binds: ['vol:/x'] }, Volumes: { '/anonymous': {} } })
          await engine.says('rm -v giver')
          return engine.says('volume ls -q --filter name=vol')
        }),
    },
    {
      subject: 'docker system df --verbose',
      name: 'the links and the size of a volume',
      ask: (engine) =>
        withGiver(engine, async () => {
          await engine.finish('taker', { HostConfig: { VolumesFrom: ['giver'] }, Cmd: ['sh', '-c', 'echo hello >/x/file; ln -s file /x/link'] })
          return engine.says(`system df -v --format '{{range .Volumes}}{{if eq .Name "vol"}}{{.Links}} {{.Size}}{{end}}{{end}}'`)
        }),
    },
    ...['type=tmpfs', 'bogus=1', 'size=1k', 'size=bogus', 'o=x'].map(
      (option): Case => ({
        subject: 'docker volume create --opt',
        name: option,
        ask: (engine) => engine.says(`volume create --opt ${option} never`),
      }),
    ),
    { subject: 'docker volume create --driver', name: 'one that is not there', ask: (engine) => engine.says('volume create -d nosuch never') },
    {
      subject: 'docker volume inspect --format',
      name: 'one that is not there, and one that is',
      ask: (engine) => withVolume(engine, () => engine.says('volume inspect --format {{.Name}} nosuch vol')),
    },
    {
      subject: 'docker volume ls',
      name: '--filter, --format',
      ask: (engine) => withVolume(engine, () => engine.says(`volume ls --filter name=vol --format '{{.Name}} {{.Driver}} {{.Labels}}'`)),
    },
    {
      subject: 'docker volume create, docker volume rm',
      name: 'print the name',
      ask: async (engine) => `${await engine.says('volume create by-cli')} ${await engine.says('volume rm by-cli')}`,
    },
    { subject: 'docker volume rm', name: 'not there', ask: (engine) => engine.code('volume rm nosuch') },
    {
      subject: 'GET /networks/{id}',
      name: 'bridge',
      ask: (engine) => engine.get('/networks/bridge', 'Name', 'Scope', 'Driver', 'EnableIPv6', 'Internal', 'Attachable', 'Ingress', 'Labels'),
    },
    { subject: 'GET /networks/{id}', name: 'host', ask: (engine) => engine.get('/networks/host', 'Name', 'Driver', 'IPAM.Config', 'Options') },
    { subject: 'GET /networks/{id}', name: 'none', ask: (engine) => engine.get('/networks/none', 'Name', 'Driver', 'IPAM.Config', 'Options') },
    { subject: 'GET /networks/{id}', name: 'not there', ask: (engine) => engine.status('GET', '/networks/nosuch') },
    { subject: 'DELETE /networks/{id}', name: 'one that is always there', ask: (engine) => engine.status('DELETE', '/networks/bridge') },
    { subject: 'DELETE /networks/{id}', name: 'not there', ask: (engine) => engine.status('DELETE', '/networks/nosuch') },
    {
      subject: 'GET /networks',
      name: 'those that are always there',
      ask: async (engine) =>
        (await engine.must<{ Name: string }[]>('GET', '/networks'))
          .map(({ Name }) => Name)
          .sort()
          .join(' '),
    },
    { subject: 'docker network ls', name: '--filter', ask: (engine) => engine.says(`network ls --filter driver=host --format '{{.Name}} {{.Scope}}'`) },
  ],
}
