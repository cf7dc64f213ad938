import { createHash } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Static, Type } from 'typebox'
import { readIfThere } from '../../../read-if-there.ts'
import { sizeIfThere } from '../../../size-if-there.ts'
import type { VmCertificates } from '../certificates.ts'
import { syncFolder } from '../data-disk/disk-record.ts'
import { parseJson } from '../parse-json.ts'
import type { VmFolder } from '../vm-folder.ts'

/**
 * What makes a state count. It is written when all else is done: the state is on the disk, the machine is off, and the data
 * disk is as the guest left it. It is removed before a machine is started from the state; so a state is used once, and
 * only with the disk that it belongs to.
 */
const Record = Type.Object({
  format: Type.Literal(1),
  /** @see makeDigest */
  make: Type.String(),
  /** Of the data disk's file: it has not been touched since. */
  disk: Type.String(),
  stateBytes: Type.Integer(),
  suspendedAt: Type.String(),
  /** Of TLS with the engine, in base64. What is secret in it is worth no more than the keys beside it. */
  session: Type.Optional(Type.String()),
})
export interface SuspendedState extends Omit<Static<typeof Record>, 'session'> {
  readonly session: Buffer | undefined
}

/** Of all that has to be the same when the state is used: the machine, what it was booted from, and with which certificates. */
export async function makeDigest(make: string, assetsFolder: string, { server }: VmCertificates): Promise<string> {
  const manifest = await readFile(join(assetsFolder, 'manifest.json'))
  const digest = createHash('sha256')
  for (const part of [make, manifest, server.ca, server.cert]) digest.update(createHash('sha256').update(part).digest())
  return digest.digest('hex')
}

/** @returns undefined when the VM is not suspended */
export async function suspendedState({ stateRecord }: VmFolder): Promise<SuspendedState | undefined> {
  const record = parseJson(Record, (await readIfThere(stateRecord)) ?? '') // One of another version is of no use.
  return record && { ...record, session: record.session === undefined ? undefined : Buffer.from(record.session, 'base64') }
}

/**
 * The machine is off, and its state on the disk: from now on the VM is suspended.
 * @param session of TLS with its engine
 */
export async function keepSuspended(folder: VmFolder, disk: string, make: string, session?: Buffer): Promise<void> {
  await synced(disk)
  const { size: stateBytes } = await stat(folder.stateFile)
  const kept = { disk: await fingerprint(disk), stateBytes, suspendedAt: new Date().toISOString(), ...(session && { session: session.toString('base64') }) }
  const record: Static<typeof Record> = { format: 1, make, ...kept }
  const temporary = `${folder.stateRecord}.new`
  {
    await using file = await open(temporary, 'w', 0o600)
    await file.writeFile(JSON.stringify(record))
    await file.sync()
  }
  await rename(temporary, folder.stateRecord)
  await syncFolder(folder.folder)
}

/** @returns why the state cannot be used; undefined when it can */
export async function whyUnfit(
  { make, disk, stateBytes }: SuspendedState,
  { stateFile }: VmFolder,
  diskNow: string,
  makeNow: string,
): Promise<string | undefined> {
  if (make !== makeNow) return 'it was made with another QEMU, image, certificate or other settings'
  if (disk !== (await fingerprint(diskNow))) return 'the data disk has been changed since'
  if (stateBytes !== (await sizeIfThere(stateFile))) return 'its file is damaged'
  return undefined
}

/** From now on the VM is not suspended, whatever happens. What it had in memory is still in its file. */
export async function consumeRecord({ stateRecord, folder }: VmFolder): Promise<void> {
  await rm(stateRecord, { force: true })
  await syncFolder(folder)
}

/** Also what a crash left of a state that never counted. */
export async function discardState(folder: VmFolder): Promise<void> {
  await consumeRecord(folder)
  await rm(folder.stateFile, { force: true })
}

/** A file that is written has another time, one that was put in its place another number. @see stat(2) */
async function fingerprint(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true })
  return [dev, ino, size, mtimeNs].join(' ')
}

/** A file's time and size are there after a power cut as well. @see fsync(2) */
async function synced(path: string): Promise<void> {
  await using file = await open(path, 'r')
  await file.sync()
}
