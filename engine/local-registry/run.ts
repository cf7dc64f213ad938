import type { Log } from '../log.ts'
import type { Address } from '../registry-server/address.ts'
import { serveRegistry } from '../registry-server/serve.ts'
import { FolderStorage } from '../registry-server/storage/folder-storage.ts'
import { SharedBlobs } from './sharing.ts'

/** Loaded with the first registry that runs: who has none pays nothing for it. */
export interface RunningRegistry extends AsyncDisposable {
  readonly address: Address
  readonly blobs: SharedBlobs
}

const UPLOAD_AGE_MS = 24 * 3600 * 1000

/** Serves a folder until disposal, which cuts requests under way: clients can go on with them. @throws Error when the address is taken */
export async function runRegistry(folder: string, address: Address, log: Log): Promise<RunningRegistry> {
  const served = await serveRegistry(
    {
      address,
      storage: { folder },
      isReadOnly: false,
      uploadAgeMs: UPLOAD_AGE_MS,
      garbage: undefined,
      tls: undefined,
      accounts: undefined,
      metricsAddress: undefined,
      notify: [],
      proxy: undefined,
    },
    log,
  )
  return {
    address: served.address,
    blobs: new SharedBlobs(served.registry, new FolderStorage(folder)),
    [Symbol.asyncDispose]: () => served.end({ isCutting: true }),
  }
}
