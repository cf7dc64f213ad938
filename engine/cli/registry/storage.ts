import type { StorageSettings } from '../../registry-server/storage/open-storage.ts'
import type { S3Settings } from '../../registry-server/storage/s3-settings.ts'

/** Where the flags say that the data of a registry lies. @throws Error for two places */
export function storageOf({ root, s3 }: { readonly root?: string; readonly s3?: S3Settings }): StorageSettings {
  if (s3 === undefined) return { folder: root ?? '/var/lib/registry' }
  if (root !== undefined) throw new Error('--root and --s3 cannot go together')
  return { s3 }
}
