import { PassThrough, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGzip } from 'node:zlib'
import { archivePath } from '../../containers/files/archive.ts'
import { extractInto } from '../../containers/files/extract.ts'
import { type PathStat, statPath } from '../../containers/files/path-stat.ts'
import type { ContainerParts } from '../../containers/parts.ts'
import { EngineError } from '../../errors.ts'
import type { ApiCall } from '../call.ts'
import { pathStatHeader } from './path-stat-header.ts'

/** @see Engine API 1.51 ContainerArchiveInfo */
export async function statPathHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const container = parts.store.get(call.param('id'))
  setStat(call, await statPath(parts, container, pathOf(call), call.param('id')))
  call.empty(200)
}

/** @see Engine API 1.51 ContainerArchive */
export async function archiveHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const container = parts.store.get(call.param('id'))
  await archivePath(parts, container, pathOf(call), call.param('id'), (stat) => {
    setStat(call, stat)
    return archiveOutput(call)
  })
}

/** @see Engine API 1.51 PutContainerArchive */
export async function extractHandler(parts: ContainerParts, call: ApiCall): Promise<void> {
  const container = parts.store.get(call.param('id'))
  const request = {
    path: pathOf(call),
    reference: call.param('id'),
    keepsKinds: call.query.flag('noOverwriteDirNonDir'),
    belongsToUser: call.query.flag('copyUIDGID'),
  }
  await extractInto(parts, container, call.upload(), request)
  call.empty(200)
}

function pathOf(call: ApiCall): string {
  const path = call.query.text('path')
  // Sic: docker 28 forgets the blank.
  if (path === '') throw new EngineError('invalid', 'bad parameter: pathcannot be empty')
  return path
}

function setStat(call: ApiCall, stat: PathStat): void {
  call.response.setHeader('X-Docker-Container-Path-Stat', pathStatHeader(stat))
}

/** Compressed for a client far away that asks for it. On this machine that costs more than it saves, and Go's clients always ask. */
function archiveOutput(call: ApiCall): Writable {
  const isRemote = call.request.socket.remoteAddress !== undefined
  if (!isRemote || !/\bgzip\b/.test(call.header('accept-encoding'))) return call.stream('application/x-tar')
  call.response.setHeader('Content-Encoding', 'gzip')
  const response = call.stream('application/x-tar')
  const archive = new PassThrough()
  pipeline(archive, createGzip({ level: constants.Z_BEST_SPEED }), response).catch((error) => archive.destroy(error))
  return archive
}
