import type { BuildCache } from '../../build/build-caches.ts'
import { goTime } from '../times.ts'

/**
 * What RUN mounts as a cache, and what of clients' folders came at their last builds: `builder prune` removes both. What steps leave behind are images, here as in dockerd's classic builder.
 * @see Engine API 1.51 BuildCache
 */
export function cacheView({ name, kind, bytes, isUsed, createdAt, usedAt }: BuildCache) {
  return {
    ID: name,
    Type: kind === 'context' ? 'source.local' : 'exec.cachemount',
    Description: kind === 'context' ? 'local source for context' : 'RUN --mount=type=cache',
    InUse: isUsed,
    Shared: false,
    Size: bytes,
    CreatedAt: goTime(createdAt.toISOString()),
    LastUsedAt: goTime(usedAt.toISOString()),
    // Nobody counts them.
    UsageCount: 0,
  }
}
