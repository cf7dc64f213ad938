import { resolve } from 'node:path'
import { goBoolean } from '../../json/go-values.ts'
import { binarySize } from '../../json/human-size.ts'

/** @see Engine API 1.51 Mount */
export interface MountBody {
  Type: string
  Source?: string
  Target?: string
  ReadOnly?: boolean
  Consistency?: string
  BindOptions?: { Propagation?: string; NonRecursive?: boolean; ReadOnlyNonRecursive?: boolean; ReadOnlyForceRecursive?: boolean }
  VolumeOptions?: { NoCopy?: boolean; Subpath?: string; Labels?: Record<string, string>; DriverConfig?: { Name?: string; Options?: Record<string, string> } }
  ImageOptions?: { Subpath?: string }
  TmpfsOptions?: { SizeBytes?: number; Mode?: number }
}

/**
 * `type=bind,source=/a,target=/b,readonly` and the like.
 * @throws Error with docker's words
 * @see docker CLI reference, "docker container run --mount"
 */
export function parseMount(text: string): MountBody {
  const mount: MountBody = { Type: 'volume' }
  for (const field of csvFields(text)) {
    const equals = field.indexOf('=')
    const key = (equals < 0 ? field : field.slice(0, equals)).toLowerCase()
    if (equals < 0 && !SWITCHES.has(key)) throw new Error(`invalid field '${field}' must be a key=value pair`)
    const read = FIELDS[key]
    if (!read) throw new Error(`unexpected key '${key}' in '${field}'`)
    read(mount, equals < 0 ? 'true' : field.slice(equals + 1), key)
  }
  if (mount.Type === '') throw new Error('type is required')
  if (!mount.Target) throw new Error('target is required')
  refuseMixed(mount)
  return mount
}

/** Fields that need no value. */
const SWITCHES = new Set(['readonly', 'ro', 'volume-nocopy', 'bind-nonrecursive'])

type Field = (mount: MountBody, value: string, key: string) => void

const source: Field = (mount, value) => {
  mount.Source = value.startsWith('.') ? resolve(value) : value
}
const target: Field = (mount, value) => {
  mount.Target = value
}
const readonly: Field = (mount, value, key) => {
  mount.ReadOnly = switched(value, key)
}

const FIELDS: Readonly<Record<string, Field>> = {
  type: (mount, value) => {
    mount.Type = value.toLowerCase()
  },
  source,
  src: source,
  target,
  dst: target,
  destination: target,
  readonly,
  ro: readonly,
  consistency: (mount, value) => {
    mount.Consistency = value.toLowerCase()
  },
  'bind-propagation': (mount, value) => {
    bindOptions(mount).Propagation = value.toLowerCase()
  },
  'bind-nonrecursive': (mount, value, key) => {
    bindOptions(mount).NonRecursive = switched(value, key)
  },
  'bind-recursive': readRecursive,
  'volume-subpath': (mount, value) => {
    volumeOptions(mount).Subpath = value
  },
  'volume-nocopy': (mount, value, key) => {
    volumeOptions(mount).NoCopy = switched(value, key)
  },
  'volume-label': (mount, value) => setPair((volumeOptions(mount).Labels ??= {}), value),
  'volume-driver': (mount, value) => {
    driverConfig(mount).Name = value
  },
  'volume-opt': (mount, value) => setPair((driverConfig(mount).Options ??= {}), value),
  'image-subpath': (mount, value) => {
    mount.ImageOptions = { Subpath: value }
  },
  'tmpfs-size': (mount, value, key) => {
    tmpfsOptions(mount).SizeBytes = size(value, key)
  },
  'tmpfs-mode': (mount, value, key) => {
    tmpfsOptions(mount).Mode = /^[0-7]+$/.test(value) ? Number.parseInt(value, 8) : fail(key, value)
  },
}

function readRecursive(mount: MountBody, value: string, key: string): void {
  if (value === 'disabled') bindOptions(mount).NonRecursive = true
  else if (value === 'writable') bindOptions(mount).ReadOnlyNonRecursive = true
  else if (value === 'readonly') bindOptions(mount).ReadOnlyForceRecursive = true
  else if (value !== 'enabled') throw new Error(`invalid value for ${key}: ${value} (must be "enabled", "disabled", "writable", or "readonly")`)
}

function bindOptions(mount: MountBody): NonNullable<MountBody['BindOptions']> {
  return (mount.BindOptions ??= {})
}

function volumeOptions(mount: MountBody): NonNullable<MountBody['VolumeOptions']> {
  return (mount.VolumeOptions ??= { Labels: {}, DriverConfig: {} })
}

function driverConfig(mount: MountBody): NonNullable<NonNullable<MountBody['VolumeOptions']>['DriverConfig']> {
  return (volumeOptions(mount).DriverConfig ??= {})
}

function tmpfsOptions(mount: MountBody): NonNullable<MountBody['TmpfsOptions']> {
  return (mount.TmpfsOptions ??= {})
}

function refuseMixed({ Type, BindOptions, VolumeOptions, ImageOptions, TmpfsOptions, ReadOnly }: MountBody): void {
  for (const [kind, options] of Object.entries({ volume: VolumeOptions, bind: BindOptions, image: ImageOptions, tmpfs: TmpfsOptions })) {
    if (options && Type !== kind) throw new Error(`cannot mix '${kind}-*' options with mount type '${Type}'`)
  }
  const needsReadonly = BindOptions?.ReadOnlyNonRecursive ? 'writable' : BindOptions?.ReadOnlyForceRecursive ? 'readonly' : undefined
  if (needsReadonly && !ReadOnly) throw new Error(`option 'bind-recursive=${needsReadonly}' requires 'readonly' to be specified in conjunction`)
  if (BindOptions?.ReadOnlyForceRecursive && BindOptions.Propagation !== 'rprivate') {
    throw new Error("option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction")
  }
}

function switched(text: string, key: string): boolean {
  return goBoolean(text) ?? fail(key, text)
}

function size(text: string, key: string): number {
  try {
    return binarySize(text)
  } catch {
    return fail(key, text)
  }
}

function fail(key: string, value: string): never {
  throw new Error(`invalid value for ${key}: ${value}`)
}

function setPair(target: Record<string, string>, text: string): void {
  const [key = ''] = text.split('=', 1)
  if (key !== '') target[key] = text.slice(key.length + 1)
}

/** Comma-separated, where a quoted field may hold commas: `type=volume,"volume-opt=o=a,b"`. */
export function csvFields(text: string): string[] {
  return [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '')
}
