import { Type } from 'typebox'
import { wordList } from '../../containers/config.ts'
import { createExec, resizeExec } from '../../containers/exec.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import { EngineError } from '../../errors.ts'
import type { ApiCall } from '../call.ts'
import { parseSize } from '../containers/resize.ts'
import { parseDetachKeys } from '../detach-keys.ts'
import type { Route } from '../router.ts'
import { startHandler } from './start.ts'

const ExecBody = Type.Object({
  AttachStdin: Type.Optional(Type.Boolean()),
  AttachStdout: Type.Optional(Type.Boolean()),
  AttachStderr: Type.Optional(Type.Boolean()),
  Tty: Type.Optional(Type.Boolean()),
  Cmd: Type.Optional(Type.Union([Type.Array(Type.String()), Type.String()])),
  Env: Type.Optional(Type.Array(Type.String())),
  User: Type.Optional(Type.String()),
  WorkingDir: Type.Optional(Type.String()),
  Privileged: Type.Optional(Type.Boolean()),
  DetachKeys: Type.Optional(Type.String()),
  ConsoleSize: Type.Optional(Type.Array(Type.Integer())),
})

/** @see Engine API 1.51, "Exec" */
export function execRoutes(parts: ContainerParts): Route[] {
  return [
    { method: 'POST', path: '/containers/{id}/exec', handler: (call) => create(parts, call) },
    { method: 'POST', path: '/exec/{id}/start', hijacks: true, handler: (call) => startHandler(parts, call) },
    {
      method: 'POST',
      path: '/exec/{id}/resize',
      async handler(call) {
        const { height, width } = parseSize(call)
        await resizeExec(parts, parts.execs.get(call.param('id')), height, width)
        call.empty(200)
      },
    },
    { method: 'GET', path: '/exec/{id}/json', handler: (call) => inspect(parts, call) },
  ]
}

/** Sic: docker has other words for them here than where somebody attaches. @throws EngineError `invalid` */
function checkDetachKeys(text: string): void {
  try {
    parseDetachKeys(text)
  } catch (cause) {
    throw new EngineError('invalid', `Invalid escape keys (${text}) provided`, { cause })
  }
}

async function create(parts: ContainerParts, call: ApiCall): Promise<void> {
  const body = await call.optionalBody(ExecBody)
  checkDetachKeys(body.DetachKeys ?? '')
  const exec = await createExec(parts, call.param('id'), {
    attachStdin: body.AttachStdin ?? false,
    attachStdout: body.AttachStdout ?? false,
    attachStderr: body.AttachStderr ?? false,
    tty: body.Tty ?? false,
    command: wordList(body.Cmd) ?? [],
    env: body.Env ?? [],
    user: body.User ?? '',
    workingDir: body.WorkingDir ?? '',
    privileged: body.Privileged ?? false,
    detachKeys: body.DetachKeys ?? '',
    consoleSize: call.version.atLeast('1.42') ? (body.ConsoleSize ?? []) : [],
  })
  call.json(201, { Id: exec.id })
}

/** @see engine-api notes 4.9 */
function inspect(parts: ContainerParts, call: ApiCall): void {
  const { id, config, state, containerId } = parts.execs.get(call.param('id'))
  const [entrypoint = '', ...words] = config.command
  call.json(200, {
    ID: id,
    Running: state.status === 'running',
    ExitCode: state.status === 'exited' ? state.exitCode : null,
    ProcessConfig: {
      tty: config.tty,
      entrypoint,
      arguments: words,
      privileged: config.privileged,
      ...(config.user !== '' && { user: config.user }),
    },
    OpenStdin: config.attachStdin,
    OpenStderr: config.attachStderr,
    OpenStdout: config.attachStdout,
    CanRemove: false,
    ContainerID: containerId,
    // Bytes to dockerd, which Go writes in base64.
    DetachKeys: config.detachKeys && Buffer.from(parseDetachKeys(config.detachKeys)).toString('base64'),
    Pid: state.status === 'running' ? state.pid : 0,
  })
}
