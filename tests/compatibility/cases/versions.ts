import { type Case, type Chapter, NEWER_WORDS } from '../case.ts'
import type { Engine } from '../engine.ts'

const VERSIONS = ['1.24', '1.30', '1.40', '1.41'] as const
type Version = (typeof VERSIONS)[number]

/** Asked of each version. */
const QUESTIONS: readonly {
  readonly what: string
  readonly differs?: Partial<Record<Version, string>>
  ask(engine: Engine, version: Version): Promise<string>
}[] = [
  { what: 'docker run', ask: (engine, version) => engine.says('run --rm busybox echo hi', { version }) },
  { what: 'docker ps', ask: (engine, version) => engine.says(`ps --all --filter label=nosuch --format '{{.Names}}'`, { version }) },
  {
    what: 'default of IpcMode',
    async ask(engine, version) {
      const { Id } = await engine.must<{ Id: string }>('POST', `/v${version}/containers/create`, { Image: 'busybox', HostConfig: {} })
      const answer = await engine.get(`/v${version}/containers/${Id}/json`, 'HostConfig.IpcMode')
      await engine.remove(Id)
      return answer
    },
  },
  {
    what: 'AutoRemove',
    async ask(engine, version) {
      const { Id } = await engine.must<{ Id: string }>('POST', `/v${version}/containers/create`, { Image: 'busybox', HostConfig: { AutoRemove: true } })
      const answer = await engine.get(`/v${version}/containers/${Id}/json`, 'HostConfig.AutoRemove')
      await engine.remove(Id)
      return answer
    },
  },
  {
    what: 'fields of an image',
    async ask(engine, version) {
      const image = await engine.must<Record<string, unknown>>('GET', `/v${version}/images/busybox/json`)
      return ['Container', 'ContainerConfig', 'VirtualSize', 'Size', 'Parent', 'DockerVersion'].map((name) => `${name}: ${name in image}`).join(', ')
    },
  },
  {
    what: 'containers in the list of networks',
    async ask(engine, version) {
      await engine.start('networked')
      const networks = await engine.must<{ Name: string; Containers: Record<string, { Name: string }> }[]>(
        'GET',
        `/v${version}/networks?filters={"name":["bridge"]}`,
      )
      await engine.remove('networked')
      return networks
        .flatMap(({ Containers }) => Object.values(Containers).map(({ Name }) => Name))
        .filter((name) => name === 'networked')
        .join()
    },
  },
  {
    what: 'options for security in info',
    differs: { '1.30': NEWER_WORDS, '1.40': NEWER_WORDS, '1.41': NEWER_WORDS },
    ask: async (engine, version) => {
      const { SecurityOptions } = await engine.must<{ SecurityOptions: string[] }>('GET', `/v${version}/info`)
      return SecurityOptions.filter((one) => one.includes('seccomp')).join()
    },
  },
]

export const versions: Chapter = {
  title: 'Older API versions',
  cases: QUESTIONS.flatMap(({ what, differs, ask }) =>
    VERSIONS.map((version): Case => {
      const reason = differs?.[version]
      return { subject: `API ${version}`, name: what, ask: (engine) => ask(engine, version), ...(reason ? { differs: reason } : {}) }
    }),
  ),
}
