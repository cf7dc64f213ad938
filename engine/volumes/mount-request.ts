import { type Static, Type } from 'typebox'

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
  BindOptions: Type.Optional(Type.Object({ Propagation: Text, NonRecursive: Flag, CreateMountpoint: Flag })),
  VolumeOptions: Type.Optional(
    Type.Object({ NoCopy: Flag, Labels: TextMap, Subpath: Text, DriverConfig: Type.Optional(Type.Object({ Name: Text, Options: TextMap })) }),
  ),
  TmpfsOptions: Type.Optional(Type.Object({ SizeBytes: Count, Mode: Count })),
})
export type MountRequest = Static<typeof MountRequestSchema>
