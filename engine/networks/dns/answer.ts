import { type Answer, AUTHORITATIVE_ANSWER, type Packet, type Question, RECURSION_AVAILABLE, RECURSION_DESIRED } from 'dns-packet'
import { formatAddress, parseAddress } from '../addresses.ts'
import { lookUp, type NameView, nameOf } from './names.ts'

/** Seconds for which an answer may be kept; docker's. A container that starts again may have another address. */
const TTL_S = 600

/** @see RFC 1035 4.1.1 */
const SERVFAIL = 2

/** The answer that we know, or undefined when it is for others to give. @param random 0 … 1, for the order of several addresses */
export function answerFor(query: Packet, view: NameView, random = Math.random): Packet | undefined {
  const [question] = query.questions ?? []
  if (!question) return undefined
  const answers = question.type === 'PTR' ? pointer(question, view) : addresses(question, view, random)
  return answers && { ...responseTo(query), flags: responseTo(query).flags | AUTHORITATIVE_ANSWER, answers }
}

/** For a question that nobody answers: the container's resolver may try again. */
export function failureFor(query: Packet): Packet {
  const response = responseTo(query)
  return { ...response, flags: response.flags | SERVFAIL, answers: [] }
}

function responseTo(query: Packet) {
  const flags = ((query.flags ?? 0) & RECURSION_DESIRED) | RECURSION_AVAILABLE
  return { type: 'response', id: query.id ?? 0, flags, questions: query.questions ?? [] } as const
}

/** A name of ours without an address of that kind has no answers, which is an answer, too: others must not be asked. */
function addresses({ name, type }: Question, view: NameView, random: () => number): Answer[] | undefined {
  const found = lookUp(view, name.replace(/\.$/, ''))
  if (!found) return undefined
  const version = { A: 4, AAAA: 6 }[type as string]
  const wanted = found.filter((address) => version !== undefined && address.includes(':') === (version === 6))
  return shuffled(wanted, random).map((data) => ({ name, type: version === 6 ? 'AAAA' : 'A', ttl: TTL_S, data }))
}

function pointer({ name }: Question, view: NameView): Answer[] | undefined {
  const address = addressIn(name.toLowerCase().replace(/\.$/, ''))
  const data = address === undefined ? undefined : nameOf(view, address)
  return data === undefined ? undefined : [{ name, type: 'PTR', ttl: TTL_S, data }]
}

/** The address that a reverse name means. @see RFC 1035 3.5, RFC 3596 2.5 */
export function addressIn(name: string): string | undefined {
  const reversed = (suffix: string) => (name.endsWith(suffix) ? name.slice(0, -suffix.length).split('.').reverse() : undefined)
  const v4 = reversed('.in-addr.arpa')
  if (v4) return normal(v4.join('.'))
  const v6 = reversed('.ip6.arpa')
  return v6?.length === 32 ? normal(v6.join('').replace(/.{4}(?!$)/g, '$&:')) : undefined
}

function normal(text: string): string | undefined {
  const address = parseAddress(text)
  return address && formatAddress(address)
}

/** Each of the owners of a name is the first one at times. @see Fisher–Yates */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items]
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const [a, b] = [result[i] as T, result[j] as T]
    result[i] = b
    result[j] = a
  }
  return result
}
