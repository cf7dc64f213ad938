import { type Case, type Chapter, NEWER_WORDS } from '../case.ts'
import type { Engine } from '../engine.ts'

/** A create that is refused. */
function refused(name: string, body: unknown, differs?: string): Case {
  return { subject: 'POST /containers/create', name, ask: (engine) => engine.status('POST', '/containers/create', body), ...(differs ? { differs } : {}) }
}

/** A create whose body cannot be read; each decoder has its own words for that. */
function malformed(name: string, body: string): Case {
  return {
    subject: 'POST /containers/create',
    name,
    ask: async (engine) => `${(await engine.request('POST', '/containers/create', body, { 'content-type': 'application/json' })).status}`,
    differs: 'a mistake of the client, as for docker 28',
  }
}

const withHost = (HostConfig: object, config: object = {}) => ({ Image: 'busybox', Cmd: ['true'], HostConfig, ...config })

export const createRequests: Chapter = {
  title: 'Creating containers: what is refused, what is filled in',
  cases: [
    refused('an image that is not there', { Image: 'nosuch' }),
    refused('no body', undefined, 'the message names the trouble, as docker 28 does'),
    refused('no configuration', {}, NEWER_WORDS),
    malformed('a body that is no JSON object', '[]'),
    malformed('a number for a string', '{"Image":7}'),
    malformed('a body that ends too early', '{"Image":'),
    refused('an unknown restart policy', withHost({ RestartPolicy: { Name: 'nosuch' } }), NEWER_WORDS),
    refused('a retry count without on-failure', withHost({ RestartPolicy: { Name: 'always', MaximumRetryCount: 3 } }), NEWER_WORDS),
    refused('a restart policy for a container that removes itself', withHost({ AutoRemove: true, RestartPolicy: { Name: 'always' } })),
    refused('less than 6 MB of memory', withHost({ Memory: 1024 })),
    {
      subject: 'POST /containers/create',
      name: 'more processors than there are',
      // The number of processors is the machine's.
      ask: async (engine) =>
        (await engine.status('POST', '/containers/create', withHost({ NanoCpus: 10_000e9 }))).replace(/\d+\.00, (.*) \d+ CPUs/, 'N.00, $1 N CPUs'),
      differs: NEWER_WORDS,
    },
    refused('an unknown capability', withHost({ CapAdd: ['NOSUCH'] })),
    refused('a port that is none', withHost({ PortBindings: { 'x/tcp': [{}] } }), 'the port is named as it was sent'),
    refused('a port of the host that is none', withHost({ PortBindings: { '80/tcp': [{ HostPort: 'x' }] } })),
    refused('an address of the host that is none', withHost({ PortBindings: { '80/tcp': [{ HostIp: 'x' }] } }), 'dockerd takes it for any address'),
    refused('the network of a container that is not named', withHost({ NetworkMode: 'container:' }), NEWER_WORDS),
    refused('a MAC address in the network of the host', withHost({ NetworkMode: 'host' }, { MacAddress: '02:42:00:00:00:07' })),
    refused('options of a mount of another type', withHost({ Mounts: [{ Type: 'bind', Source: '/etc', Target: '/x', TmpfsOptions: {} }] })),
    { subject: 'POST /containers/{id}/start', name: 'a device that nobody drives', ask: withGpu },
    refused('a bind of something that is not there', withHost({ Mounts: [{ Type: 'bind', Source: '/nosuch', Target: '/x' }] })),
    refused('two mounts in one place', withHost({ Mounts: ['one', 'two'].map((Source) => ({ Type: 'volume', Source, Target: '/x' })) })),
    refused('an unknown type of mount', withHost({ Mounts: [{ Type: 'nosuch', Target: '/x' }] })),
    refused('a mount in no place', withHost({ Mounts: [{ Type: 'volume', Source: 'one' }] })),
    refused('a relative working directory', withHost({}, { WorkingDir: 'x' })),
    refused('an unknown runtime', withHost({ Runtime: 'nosuch' }), NEWER_WORDS),
    refused('volumes of a container that is not there', withHost({ VolumesFrom: ['nosuch'] })),
    refused('a host name in the network of the host', withHost({ NetworkMode: 'host' }, { Hostname: 'x', Links: [] })),
    refused('published ports in the network of a container', withHost({ NetworkMode: 'container:x', PortBindings: { '80/tcp': [{}] } })),
    refused('a healthcheck every nanosecond', withHost({}, { Healthcheck: { Test: ['CMD', 'true'], Interval: 1 } })),
    { subject: 'POST /containers/create?name=', name: 'a name that is none', ask: (engine) => named(engine, '_') },
    {
      subject: 'POST /containers/create?name=',
      name: 'a name that is taken',
      async ask(engine) {
        await engine.create('taken')
        const answer = await named(engine, 'taken')
        await engine.remove('taken')
        return answer
      },
    },
    {
      subject: 'GET /containers/{id}/json',
      name: 'what nobody asked for',
      ask: (engine) => inspected(engine, 'HostConfig.ShmSize', 'HostConfig.IpcMode', 'HostConfig.LogConfig', 'HostConfig.PidsLimit'),
    },
    {
      subject: 'GET /containers/{id}/json',
      name: 'empty fields',
      ask: (engine) => inspected(engine, 'HostConfig.Binds', 'HostConfig.CapAdd', 'ExecIDs', 'Mounts', 'Config.Volumes'),
    },
    { subject: 'GET /containers/{id}/json', name: 'the state of a new one', ask: (engine) => inspected(engine, 'State') },
    {
      subject: 'GET /containers/{id}/json',
      name: 'the configuration of a new one',
      ask: (engine) => inspected(engine, 'Path', 'Args', 'Platform', 'Driver', 'Config'),
    },
    {
      subject: 'GET /containers/{id}/json',
      name: 'the network of a new one',
      ask: (engine) => inspected(engine, 'NetworkSettings.Ports', 'NetworkSettings.IPAddress', 'NetworkSettings.SandboxID'),
    },
    {
      subject: 'GET /containers/{id}/json',
      name: 'field names in other letters',
      ask: (engine) => inspectedOf(engine, { image: 'busybox', hostconfig: { dns: ['192.0.2.1'] }, env: ['A=b'] }, 'HostConfig.Dns', 'Config.Env'),
    },
    {
      subject: 'GET /containers/{id}/json',
      name: 'a MAC address of choice',
      ask: (engine) => inspectedOf(engine, { Image: 'busybox', MacAddress: '02:42:00:00:00:07' }, 'Config.MacAddress'),
    },
    {
      subject: 'GET /containers/{id}/json',
      name: 'a command that is a string',
      ask: (engine) => inspectedOf(engine, { Image: 'busybox', Cmd: 'echo hi' }, 'Config.Cmd', 'Path'),
    },
    {
      subject: 'GET /containers/{id}/json',
      name: 'an entry point takes the place of the command',
      ask: (engine) => inspectedOf(engine, { Image: 'busybox', Entrypoint: ['echo'] }, 'Path', 'Args'),
    },
  ],
}

async function withGpu(engine: Engine): Promise<string> {
  await engine.create('with-gpu', withHost({ DeviceRequests: [{ Count: -1, Capabilities: [['gpu']] }] }))
  const answer = await engine.status('POST', '/containers/with-gpu/start')
  await engine.remove('with-gpu')
  return answer
}

const named = (engine: Engine, name: string) => engine.status('POST', `/containers/create?name=${name}`, { Image: 'busybox' })

const inspected = (engine: Engine, ...wanted: string[]) => inspectedOf(engine, { Image: 'busybox' }, ...wanted)

async function inspectedOf(engine: Engine, body: object, ...wanted: string[]): Promise<string> {
  await engine.must('POST', '/containers/create?name=inspected', body)
  const answer = await engine.get('/containers/inspected/json', ...wanted)
  await engine.remove('inspected')
  return answer
}
