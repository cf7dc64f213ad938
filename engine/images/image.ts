import { type Static, Type } from 'typebox'
import { EngineError } from '../errors.ts'
import { decodeObject } from '../json/go-json.ts'
import { type Digest, parseDigest } from './digest.ts'

/** The id of an image: the digest of its configuration. */
export type ImageId = Digest

const ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

/** The architecture of this machine in the image specification's words. */
export function hostArchitecture(): string {
  return ARCHITECTURE[process.arch] ?? process.arch
}

const Text = Type.Optional(Type.String())
const Texts = Type.Optional(Type.Array(Type.String()))
const Names = Type.Optional(Type.Record(Type.String(), Type.Object({})))
const Count = Type.Optional(Type.Integer())

const ImageConfigSchema = Type.Object({
  User: Text,
  Env: Texts,
  Entrypoint: Texts,
  Cmd: Texts,
  WorkingDir: Text,
  Labels: Type.Optional(Type.Record(Type.String(), Type.String())),
  ExposedPorts: Names,
  Volumes: Names,
  StopSignal: Text,
  Healthcheck: Type.Optional(Type.Object({ Test: Texts, Interval: Count, Timeout: Count, StartPeriod: Count, StartInterval: Count, Retries: Count })),
  Shell: Texts,
  OnBuild: Texts,
  ArgsEscaped: Type.Optional(Type.Boolean()),
})
/** What a container made from the image inherits. @see OCI image-spec config.md */
export type ImageConfig = Static<typeof ImageConfigSchema>

const HistorySchema = Type.Object({
  created: Text,
  created_by: Text,
  author: Text,
  comment: Text,
  empty_layer: Type.Optional(Type.Boolean()),
})
export type HistoryEntry = Static<typeof HistorySchema>

const ConfigFileSchema = Type.Object({
  created: Text,
  author: Text,
  architecture: Text,
  variant: Text,
  os: Text,
  comment: Text,
  docker_version: Text,
  config: Type.Optional(ImageConfigSchema),
  rootfs: Type.Optional(Type.Object({ type: Text, diff_ids: Texts })),
  history: Type.Optional(Type.Array(HistorySchema)),
})

/** An image: its configuration file, parsed. Its layers are named by diffIDs, lowest first. */
export interface Image {
  readonly id: ImageId
  /** Set for images that a commit or a build made here. */
  readonly parent: ImageId | undefined
  readonly created: string | undefined
  readonly author: string
  readonly comment: string
  readonly architecture: string
  readonly variant: string | undefined
  readonly os: string
  readonly dockerVersion: string
  readonly config: ImageConfig
  readonly diffIds: readonly Digest[]
  readonly history: readonly HistoryEntry[]
  /** When a tag last came to it. */
  lastTagTime: string | undefined
}

/** @throws EngineError `invalid` when the text is not an image configuration */
export function parseImage(id: ImageId, text: string, parent?: ImageId, lastTagTime?: string): Image {
  let file: Static<typeof ConfigFileSchema>
  try {
    file = decodeObject(ConfigFileSchema, JSON.parse(text))
  } catch (cause) {
    throw new EngineError('invalid', `invalid image configuration: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
  return {
    id,
    parent,
    created: file.created,
    author: file.author ?? '',
    comment: file.comment ?? '',
    architecture: file.architecture ?? '',
    variant: file.variant,
    os: file.os ?? 'linux',
    dockerVersion: file.docker_version ?? '',
    config: file.config ?? {},
    diffIds: (file.rootfs?.diff_ids ?? []).map(parseDigest),
    history: file.history ?? [],
    lastTagTime,
  }
}
