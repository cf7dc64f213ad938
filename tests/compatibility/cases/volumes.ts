import { type Chapter, NEWER_WORDS } from '../case.ts'
import type { Engine } from '../engine.ts'

async function withVolume(engine: Engine, ask: () => Promise<string>): Promise<string> {
  await engine.must('POST', '/volumes/create', { Name: 'vol', Labels: { of: 'mine' } })
  const answer = await ask()
  await engine.request('DELETE', '/volumes/vol')
  return answer
}

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
