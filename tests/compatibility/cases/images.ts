import { tar } from '../../api/images/archives.ts'
import { type Case, type Chapter, NEWER_WORDS } from '../case.ts'
import type { Engine } from '../engine.ts'

/** What a build prints, without the ids. */
async function built(engine: Engine, query: string, dockerfile: string): Promise<string> {
  const context = await tar([
    ['Dockerfile', dockerfile],
    ['file', 'text\n'],
  ])
  const { status, body } = await engine.request('POST', `/build?t=built&rm=1&${query}`, context, { 'content-type': 'application/x-tar' })
  if (status !== 200) return `${status} ${body.trim()}`
  const lines = body
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as { stream?: string; error?: string })
  // dockerd 20.10 gives all of a step and the end of its line apart.
  return lines
    .map(({ stream, error }) => stream ?? (error ? `error: ${error}` : ''))
    .join('')
    .trim()
    .replace(/ ---> [0-9a-f]{12}\n/g, '')
    .replace(/[0-9a-f]{12}/g, 'SHORT-ID')
    .replaceAll('\n', '⏎')
}

async function buildAndInspect(engine: Engine, dockerfile: string, ...wanted: string[]): Promise<string> {
  const log = await built(engine, '', dockerfile)
  if (!log.includes('Successfully tagged')) throw new Error(log)
  const answer = await engine.get('/images/built/json', ...wanted)
  await engine.must('DELETE', '/images/built')
  return answer
}

const REMOVES = 'docker 28 says "Removed" where 20.10 said "Removing"'

/** Dockerfile → fields of the image. */
const INSTRUCTIONS: readonly (readonly [lines: string, fields: string, differs?: string])[] = [
  ['CMD ["a", "b"]', 'Config.Cmd'],
  ['CMD a b', 'Config.Cmd'],
  ['ENTRYPOINT ["a"]', 'Config.Entrypoint Config.Cmd'],
  ['ENV A=b C="d e"', 'Config.Env'],
  ['EXPOSE 80 90/udp', 'Config.ExposedPorts'],
  ['HEALTHCHECK --interval=7s CMD true', 'Config.Healthcheck'],
  ['LABEL a=b c="d e"', 'Config.Labels'],
  ['MAINTAINER me', 'Author'],
  ['ONBUILD RUN true', 'Config.OnBuild'],
  ['SHELL ["/bin/sh", "-ec"]', 'Config.Shell'],
  ['STOPSIGNAL SIGINT', 'Config.StopSignal'],
  ['USER nobody', 'Config.User'],
  ['VOLUME /a /b', 'Config.Volumes'],
  ['WORKDIR /a\nWORKDIR b', 'Config.WorkingDir'],
  ['ARG A=b\nENV C=$A', 'Config.Env'],
]

const instructionCases = INSTRUCTIONS.map(
  ([lines, fields, differs]): Case => ({
    subject: `Dockerfile: ${lines.replaceAll('\n', '⏎')}`,
    name: `image: ${fields.replaceAll('Config.', '')}`,
    ask: (engine) => buildAndInspect(engine, `FROM busybox\n${lines}\n`, ...fields.split(' ')),
    ...(differs ? { differs } : {}),
  }),
)

/** Tags, asks, and removes the tag. */
async function tagged(engine: Engine, ask: () => Promise<string>): Promise<string> {
  await engine.must('POST', '/images/busybox/tag?repo=tagged&tag=1')
  const answer = await ask()
  await engine.request('DELETE', '/images/tagged:1')
  return answer
}

export const images: Chapter = {
  title: 'Images',
  cases: [
    {
      subject: 'GET /images/{name}/json',
      name: 'of an image that was loaded',
      ask: (engine) => engine.get('/images/busybox/json', 'RepoTags', 'RepoDigests', 'Os', 'Parent', 'Config.Cmd', 'Config.Env', 'RootFS.Type'),
    },
    { subject: 'GET /images/{name}/json', name: 'not there', ask: (engine) => engine.status('GET', '/images/nosuch/json'), differs: NEWER_WORDS },
    { subject: 'GET /images/{name}/json', name: 'no name of an image', ask: (engine) => engine.status('GET', '/images/NoSuch/json'), differs: NEWER_WORDS },
    { subject: 'GET /images/{name}/history', name: 'not there', ask: (engine) => engine.status('GET', '/images/nosuch/history') },
    {
      subject: 'GET /images/{name}/history',
      name: 'of an image that was loaded',
      ask: async (engine) =>
        JSON.stringify(
          (await engine.must<Record<string, unknown>[]>('GET', '/images/busybox/history')).map(({ CreatedBy, Tags, Comment }) => ({
            CreatedBy,
            Tags,
            Comment,
          })),
        ),
    },
    { subject: 'POST /images/{name}/tag', name: 'a second name', ask: (engine) => tagged(engine, () => engine.get('/images/tagged:1/json', 'Os')) },
    { subject: 'POST /images/{name}/tag', name: 'not there', ask: (engine) => engine.status('POST', '/images/nosuch/tag?repo=x') },
    {
      subject: 'POST /images/{name}/tag',
      name: 'a name that is none',
      ask: (engine) => engine.status('POST', '/images/busybox/tag?repo=NoSuch'),
      differs: NEWER_WORDS,
    },
    {
      subject: 'DELETE /images/{name}',
      name: 'one of two names',
      ask: (engine) => tagged(engine, async () => (await engine.request('DELETE', '/images/tagged:1')).body.trim()),
    },
    { subject: 'DELETE /images/{name}', name: 'not there', ask: (engine) => engine.status('DELETE', '/images/nosuch') },
    {
      subject: 'DELETE /images/{name}',
      name: 'used by a container',
      async ask(engine) {
        await engine.create('user-of-image')
        const answer = await engine.status('DELETE', '/images/busybox')
        await engine.remove('user-of-image')
        return answer.replaceAll(/[0-9a-f]{12}/g, 'SHORT-ID')
      },
    },
    {
      subject: 'GET /images/json?filters={"reference":["tagged"]}',
      name: 'by name',
      ask: (engine) => tagged(engine, async () => `${(await engine.must<unknown[]>('GET', '/images/json?filters={"reference":["tagged"]}')).length} found`),
    },
    {
      subject: 'GET /images/json?filters={"dangling":["true"]}',
      name: 'none without a name',
      ask: async (engine) => (await engine.request('GET', '/images/json?filters={"dangling":["true"]}')).body.trim(),
    },
    {
      subject: 'GET /images/json?filters={"nosuch":["x"]}',
      name: 'an unknown filter',
      ask: (engine) => engine.status('GET', '/images/json?filters={"nosuch":["x"]}'),
      differs: NEWER_WORDS,
    },
    {
      subject: 'POST /images/create?fromImage=',
      name: 'a name that is none',
      ask: (engine) => engine.status('POST', '/images/create?fromImage=NoSuch&tag=1'),
      differs: NEWER_WORDS,
    },
    {
      subject: 'POST /images/create?fromImage=scratch',
      name: 'a name that is kept',
      ask: (engine) => engine.status('POST', '/images/create?fromImage=scratch&tag=latest'),
    },
    {
      subject: 'POST /images/create?fromSrc=-',
      name: 'an archive becomes an image',
      async ask(engine) {
        const { body } = await engine.request('POST', '/images/create?fromSrc=-&repo=imported&tag=1&changes=CMD+x', await tar([['file', 'text\n']]))
        const answer = await engine.get('/images/imported:1/json', 'Config.Cmd', 'Comment', 'RepoTags')
        await engine.must('DELETE', '/images/imported:1')
        return `${body.trim().replace(/[0-9a-f]{64}/, 'ID')} ${answer}`
      },
    },
    {
      subject: 'docker save, docker load',
      name: 'a name comes back',
      ask: (engine) =>
        tagged(engine, async () => {
          const saved = await engine.request('GET', '/images/tagged:1/get')
          return `${saved.status} ${saved.headers['content-type']}`
        }),
    },
    { subject: 'docker save', name: 'not there', ask: (engine) => engine.says('save nosuch'), differs: NEWER_WORDS },
    { subject: 'docker rmi', name: 'not there', ask: (engine) => engine.code('rmi nosuch') },
    {
      subject: 'docker tag, docker images',
      name: '--format',
      ask: (engine) => tagged(engine, () => engine.says(`images tagged --format '{{.Repository}}:{{.Tag}}'`)),
    },
    { subject: 'docker image prune', name: '-f, with nothing to do', ask: (engine) => engine.says('image prune -f --filter label=nosuch') },
    {
      subject: 'POST /build',
      name: 'what it prints',
      ask: (engine) => built(engine, 'nocache=1', 'FROM busybox\nCOPY file /file\nRUN cat /file\n'),
      differs: REMOVES,
    },
    {
      subject: 'POST /build',
      name: 'with cache',
      ask: async (engine) => built(engine, '', 'FROM busybox\nENV A=b\n').then(() => built(engine, '', 'FROM busybox\nENV A=b\n')),
    },
    { subject: 'POST /build', name: 'a command that fails', ask: (engine) => built(engine, '', 'FROM busybox\nRUN exit 7\n') },
    { subject: 'POST /build', name: 'a file that is not there', ask: (engine) => built(engine, '', 'FROM busybox\nCOPY nosuch /\n') },
    { subject: 'POST /build', name: 'an unknown instruction', ask: (engine) => built(engine, '', 'FROM busybox\nNOSUCH x\n'), differs: NEWER_WORDS },
    { subject: 'POST /build', name: 'no Dockerfile of that name', ask: (engine) => built(engine, 'dockerfile=nosuch', 'FROM busybox\n') },
    { subject: 'POST /build', name: 'no stage of that name', ask: (engine) => built(engine, 'target=nosuch', 'FROM busybox\n'), differs: NEWER_WORDS },
    {
      subject: 'POST /build',
      name: 'stages',
      ask: (engine) => built(engine, 'target=b', 'FROM busybox AS a\nFROM busybox AS b\nCOPY --from=a /etc/passwd /x\n'),
    },
    { subject: 'POST /build', name: 'an argument that nobody takes', ask: (engine) => built(engine, `buildargs={"X":"y"}`, 'FROM busybox\n') },
    ...instructionCases,
    {
      subject: 'GET /system/df',
      name: 'BuildCache after builds: what their steps leave are images',
      ask: (engine) => engine.get('/system/df', 'BuildCache'),
      differs: 'an empty list, as from docker 28',
    },
  ],
}
