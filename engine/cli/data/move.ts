import { resolve } from 'node:path'
import { hasCode } from '../../errors.ts'
import { ConnectionError } from '../api-error.ts'
import { CliCommand } from '../command/command.ts'
import { ExitError } from '../exit-error.ts'
import type { Session } from '../session.ts'
import { followMove, type MoveOutcome } from './follow-move.ts'
import { moveStopped } from './move-stopped.ts'
import { moveVm } from './move-vm.ts'
import { vmOf } from './vm-of.ts'

export interface MoveOptions {
  readonly stop?: boolean
  readonly dataRoot?: string
  readonly configFile?: string
}

/** `engineroom data move` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'data move', usage: '[OPTIONS] DIR', summary: 'Move the data directory to another place', atLeast: 1, atMost: 1 })
    .flag('--config-file <string>', 'The daemon.json of an engine that does not run')
    .flag('--data-root <string>', 'The data directory of an engine that does not run')
    .flag('--stop', 'Stop the containers that run')
    .perform<MoveOptions>(([to = ''], options) => move(session, to, options))
}

export async function move(session: Session, to: string, options: MoveOptions): Promise<void> {
  const { address, name } = session.client.endpoint
  const isLocal = 'socketPath' in address
  const vm = 'socketPath' in address ? await vmOf(address.socketPath) : undefined
  if (vm) {
    if (options.dataRoot !== undefined || options.configFile !== undefined)
      throw new ExitError(1, `${name} leads into the virtual machine ${vm.name}: --data-root and --config-file say nothing about its disk`)
    return moveVm(session, vm, resolve(to), options.stop ?? false)
  }
  let id: string
  try {
    // A place on another machine is for that machine to look at.
    const body = { to: isLocal ? resolve(to) : to, stop: options.stop }
    id = (await session.client.json<{ id: string }>('POST', '/engineroom/v1/data/move', { body })).id
  } catch (error) {
    if (!isLocal || !(error instanceof ConnectionError) || !hasCode(error.cause, 'ENOENT', 'ECONNREFUSED')) throw error
    // Which engine is meant is not known then, and the data of another one must never be what moves.
    if (options.dataRoot === undefined && options.configFile === undefined)
      throw new ExitError(1, `no engine answers on ${name}: start it, or say where the data of one that does not run is, with --data-root or --config-file`)
    session.say(`No engine answers on ${name}: moving the data of one that does not run`)
    return tell(session, await moveStopped(session, resolve(to), options))
  }
  if (options.dataRoot !== undefined || options.configFile !== undefined)
    session.say('The engine that runs knows its data: --data-root and --config-file do not count')
  tell(session, await followMove(session, id, resolve(to)))
}

function tell(session: Session, { from, to, failure }: MoveOutcome): void {
  if (failure !== undefined) throw new ExitError(1, `the data stays in ${from}: ${failure}`)
  session.print(`The data is in ${to}`)
  session.print(`${from} only leads there now. To do without it, start the engine with --data-root ${to}, or "data-root" in its daemon.json.`)
}
