import type { FuzzRequest } from './request.ts'
import type { WireAnswer } from './wire.ts'

/** What dockerd, too, answers with 500: its users retry on 5xx, so that is kept. @see Engine API 1.51, "Errors" */
const DOCKERS_OWN: readonly RegExp[] = [
  /strconv\.Atoi: parsing/,
  // A client that ends its side calls off what waits.
  /operation was aborted/,
  /is not paused/,
  /connection refused/,
  /Error searching repositories/,
  /cannot remove the default link name/,
  /is not connected to (?:the )?network/,
  /ps: /,
  /Couldn't find PID field/,
  /Cannot locate specified Dockerfile/,
  /: not a directory/,
  /name too long/,
  /is outside of/,
  /invalid hardlink/,
  /Unknown option /,
  /could not be recognized as URL/,
  /forbidden path outside the build context/,
  /invalid --security-opt/,
  /should not contain ':'/,
  /error while looking up for (?:publish|expose)/,
  // What runc or the kernel does not take.
  /Cannot update container/,
  /cannot overwrite (?:non-)?directory/,
]

/** Of an archive that is none. */
const BROKEN_ARCHIVE: readonly RegExp[] = [/unexpected EOF/, /unexpected end of file/, /(?:bzip2|xz|zstd|tar): /]

/** The answer to a HEAD has no words: these paths lead below a file, or are too long, which dockerd answers with 500. */
function isUnreadable({ route, head }: FuzzRequest): boolean {
  return route.method === 'HEAD' && /path=(?:%2F|\/)(?:etc(?:%2F|\/)passwd(?:%2F|\/)x|bin(?:%2F|\/)sh(?:%2F|\/)|x{300})/i.test(head)
}

/**
 * What is wrong with an answer, if anything: an error of the engine's own, no answer where one is due, or an answer that
 * never ends.
 */
export function complaintAbout(request: FuzzRequest, answer: WireAnswer): string | undefined {
  const { route, manner } = request
  const { status, text, isEnded } = answer
  if (status === 500 && isUnreadable(request)) return undefined
  const allowed = route.takesArchive ? [...DOCKERS_OWN, ...BROKEN_ARCHIVE] : DOCKERS_OWN
  if (status === 500 && !allowed.some((words) => words.test(text))) return 'is answered with 500'
  if (manner === 'malformed' || manner === 'twice' || route.mayWait) return undefined
  if (!isEnded) return 'is never answered to its end'
  if (status === 0) return 'is not answered'
  return undefined
}
