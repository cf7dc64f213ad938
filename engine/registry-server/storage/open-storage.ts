import { FolderStorage } from './folder-storage.ts'
import type { S3Settings } from './s3-settings.ts'
import type { Storage } from './storage.ts'

/** A folder of this machine, or a bucket. */
export type StorageSettings = { readonly folder: string } | { readonly s3: S3Settings }

/** @throws Error when it cannot be used */
export async function openStorage(settings: StorageSettings): Promise<Storage> {
  const storage = 'folder' in settings ? new FolderStorage(settings.folder) : await s3Storage(settings.s3)
  await storage.prepare()
  return storage
}

/** The SDK is loaded by those alone who have a bucket. */
async function s3Storage(settings: S3Settings) {
  const { S3Storage } = await import('./s3-storage.ts')
  return new S3Storage(settings)
}

/** For people. */
export function describeStorage(settings: StorageSettings): string {
  if ('folder' in settings) return settings.folder
  const { endpoint, bucket, prefix } = settings.s3
  return `${endpoint ?? 's3:/'}/${bucket}${prefix === '' ? '' : `/${prefix}`}`
}
