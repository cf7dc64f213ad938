import type { ContainerSummary, ImageSummary, VolumeSummary } from '../api-types.ts'
import type { Session } from '../session.ts'
import type { Candidate } from './candidate.ts'

export type NameKind = 'container' | 'image' | 'network' | 'volume'

/** Nobody waits longer for a line to be completed. */
const TIMEOUT_MS = 3000

/**
 * The names that the engine knows.
 * @param isRunning of containers, only those that have a process
 * @returns none when there is no engine: whoever is typing has not asked for it yet
 */
export async function namesOf(kind: NameKind, session: Session, { isRunning = false } = {}): Promise<readonly Candidate[]> {
  try {
    return await ASK[kind](session, isRunning)
  } catch {
    return [] // A message would land in the middle of the line that is being typed.
  }
}

const ASK: Readonly<Record<NameKind, (session: Session, isRunning: boolean) => Promise<Candidate[]>>> = {
  async container(session, isRunning) {
    const containers = await get<readonly ContainerSummary[]>(session, '/containers/json', { all: !isRunning })
    return containers.map(({ Names, Image }) => ({ word: (Names[0] ?? '').slice(1), about: Image }))
  },
  async image(session) {
    const images = await get<readonly ImageSummary[]>(session, '/images/json')
    return images.flatMap(({ RepoTags }) => (RepoTags ?? []).map((word) => ({ word, about: '' })))
  },
  async network(session) {
    const networks = await get<readonly { readonly Name: string; readonly Driver: string }[]>(session, '/networks')
    return networks.map(({ Name, Driver }) => ({ word: Name, about: Driver }))
  },
  async volume(session) {
    const { Volumes } = await get<{ readonly Volumes: readonly VolumeSummary[] | null }>(session, '/volumes')
    return (Volumes ?? []).map(({ Name, Driver }) => ({ word: Name, about: Driver }))
  },
}

function get<T>({ client }: Session, path: string, query = {}): Promise<T> {
  return client.json<T>('GET', path, { query, signal: AbortSignal.timeout(TIMEOUT_MS) })
}
