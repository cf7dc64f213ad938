import { type Static, Type } from 'typebox'
import { EngineError } from '../errors.ts'
import { cleanPath, PROPAGATIONS } from './mount.ts'
import { checkSubpath } from './subpath.ts'

const Text = Type.Optional(Type.String())
const Flag = Type.Optional(Type.Boolean())
const Count = Type.Optional(Type.Integer())
const TextMap = Type.Optional(Type.Record(Type.String(), Type.String()))

/** One entry of `HostConfig.Mounts`. @see Engine API 1.51 Mount */
export const MountRequestSchema = Type.Object({
  Type: Text,
  Source: Text,
  Target: Text,
  ReadOnly: Flag,
  Consistency: Text,
  BindOptions: Type.Optional(
    Type.Object({ Propagation: Text, NonRecursive: Flag, CreateMountpoint: Flag, ReadOnlyNonRecursive: Flag, ReadOnlyForceRecursive: Flag }),
  ),
  VolumeOptions: Type.Optional(
    Type.Object({ NoCopy: Flag, Labels: TextMap, Subpath: Text, DriverConfig: Type.Optional(Type.Object({ Name: Text, Options: TextMap })) }),
  ),
  ImageOptions: Type.Optional(Type.Object({ Subpath: Text })),
  TmpfsOptions: Type.Optional(Type.Object({ SizeBytes: Count, Mode: Count, Options: Type.Optional(Type.Array(Type.Array(Type.String()))) })),
  ClusterOptions: Type.Optional(Type.Object({})),
})
export type MountRequest = Static<typeof MountRequestSchema>

/** The types that can be mounted here, with the only field of options that each may carry. */
const OPTIONS_OF = { bind: 'BindOptions', volume: 'VolumeOptions', tmpfs: 'TmpfsOptions', image: 'ImageOptions' } as const
export type MountType = keyof typeof OPTIONS_OF

const ALL_OPTIONS = ['BindOptions', 'VolumeOptions', 'ImageOptions', 'TmpfsOptions', 'ClusterOptions'] as const

/**
 * Refuses what contradicts itself.
 * @returns what is mounted, and where
 * @throws EngineError `invalid` with docker's words
 */
export function checkMountRequest(mount: MountRequest): { type: MountType; destination: string } {
  const { Type: type = '', Source: source = '', Target: target = '', ReadOnly: isReadOnly = false, BindOptions: bind = {} } = mount
  const fail = (why: string) => new EngineError('invalid', `invalid mount config for type "${type}": ${why}`)
  if (!isMountType(type)) throw fail('mount type unknown')
  if (target === '') throw fail('field Target must not be empty')
  if (!target.startsWith('/')) throw fail(`invalid mount path: '${target}' mount path must be absolute`)
  const destination = cleanPath(target)
  if (destination === '/') throw fail("invalid specification: destination can't be '/'")
  const stray = ALL_OPTIONS.find((field) => mount[field] !== undefined && field !== OPTIONS_OF[type])
  if (stray) throw fail(`field ${stray} must not be specified`)
  if (type === 'tmpfs' && source !== '') throw fail('field Source must not be specified')
  if ((type === 'bind' || type === 'image') && source === '') throw fail('field Source must not be empty')
  if (type === 'bind' && !source.startsWith('/')) throw fail(`invalid mount path: '${source}' mount path must be absolute`)
  if (bind.Propagation && !PROPAGATIONS.includes(bind.Propagation)) throw fail(`invalid propagation mode: ${bind.Propagation}`)
  if (mount.VolumeOptions?.Subpath && source === '') throw fail('must not set Subpath when using anonymous volumes')
  checkSubpath(type, mount.VolumeOptions?.Subpath ?? mount.ImageOptions?.Subpath ?? '')
  const conflict = (words: string) => new EngineError('invalid', `mount options conflict: ${words}`)
  for (const field of ['ReadOnlyNonRecursive', 'ReadOnlyForceRecursive'] as const) {
    if (bind[field] && !isReadOnly) throw conflict(`!ReadOnly && BindOptions.${field}`)
  }
  if (bind.ReadOnlyNonRecursive && bind.ReadOnlyForceRecursive) throw conflict('ReadOnlyNonRecursive && BindOptions.ReadOnlyForceRecursive')
  return { type, destination }
}

function isMountType(type: string): type is MountType {
  return type in OPTIONS_OF
}
