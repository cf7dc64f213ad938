import type { BuildCache } from '../../build/build-caches.ts'
import { goTime } from '../times.ts'

/**
 * What RUN mounts as a cache, which `builder prune` removes. What steps leave behind are images, here as in dockerd's classic builder.
 * @see Engine API 1.51 BuildCache
 */
export function cacheView({ name, bytes, isUsed, createdAt, usedAt }: BuildCache) {
  return {
    ID: name,
    Type: 'exec.cachemount',
    Description: 'RUN --mount=type=cache',
    InUse: isUsed,
    Shared: false,
    Size: bytes,
    CreatedAt: goTime(createdAt.toISOString()),
    LastUsedAt: goTime(usedAt.toISOString()),
    // Nobody counts them.
    UsageCount: 0,
  }
}
