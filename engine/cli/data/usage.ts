import { CliCommand } from '../command/command.ts'
import { humanSize } from '../format/size.ts'
import { tabColumns } from '../format/tab-columns.ts'
import type { Session } from '../session.ts'

export interface UsageOptions {
  readonly json?: boolean
}

/** The answer of `GET /engineroom/v1/data`. @see docs/data-directory.md */
interface DataUsage {
  readonly root: string
  readonly fileSystem: { readonly totalBytes: number; readonly freeBytes: number }
  readonly kinds: readonly {
    readonly kind: string
    readonly count?: number
    readonly active?: number
    readonly bytes: number
    readonly diskBytes: number
    readonly reclaimableBytes: number
  }[]
}

const TITLES: Readonly<Record<string, string>> = {
  images: 'Images (layers)',
  blobs: 'Images (blobs)',
  registry: 'Local registry',
  containers: 'Containers',
  logs: 'Logs',
  volumes: 'Volumes',
  'build-cache': 'Build cache',
  database: 'Database',
  temporary: 'Temporary',
  other: 'Other',
}

/** `engineroom data usage` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'data usage', usage: '[OPTIONS]', summary: 'Show what takes space in the data directory' })
    .flag('--json', 'Print all figures as JSON, in bytes')
    .perform<UsageOptions>((_, options) => usage(session, options))
}

export async function usage(session: Session, { json }: UsageOptions): Promise<void> {
  const found = await session.client.json<DataUsage>('GET', '/engineroom/v1/data')
  if (json) return session.print(JSON.stringify(found))
  session.output.write(tableOf(found))
}

function tableOf({ root, fileSystem, kinds }: DataUsage): string {
  const sum = (key: 'bytes' | 'diskBytes' | 'reclaimableBytes') => kinds.reduce((total, one) => total + one[key], 0)
  const total = { kind: 'Total', bytes: sum('bytes'), diskBytes: sum('diskBytes'), reclaimableBytes: sum('reclaimableBytes') }
  const rows = [...kinds, total].map(({ kind, bytes, diskBytes, reclaimableBytes, ...counts }) => {
    const { count = '', active = '' } = 'count' in counts ? counts : {}
    return [TITLES[kind] ?? kind, count, active, humanSize(bytes), humanSize(diskBytes), humanSize(reclaimableBytes)].join('\t')
  })
  const table = tabColumns(`${['TYPE', 'TOTAL', 'ACTIVE', 'SIZE', 'ON DISK', 'RECLAIMABLE'].join('\t')}\n${rows.join('\n')}\n`, {
    minimumWidth: 10,
    padding: 3,
  })
  return `${table}\nData root:     ${root}\nFile system:   ${humanSize(fileSystem.freeBytes)} free of ${humanSize(fileSystem.totalBytes)}\n`
}
