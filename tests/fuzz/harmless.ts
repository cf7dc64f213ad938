/** What a field may be, whatever the fuzzer made of it; by its name in lower case, at any depth. */
type Rule = (value: unknown, sandbox: string) => boolean

const mustBeEmpty: Rule = (value) => value === '' || typeof value !== 'string'
const mustNotBeTrue: Rule = (value) => value !== true
const mustStayInside: Rule = (value, sandbox) =>
  texts(value).every((text) => !text.startsWith('/') || !text.includes(':') || isInside(text.split(':')[0], sandbox))
const mustNotBeOfHost: Rule = (value) => value !== 'host'
const mustHoldNoWords: Rule = (value) => texts(value).every((text) => !/^\/|SYS|ALL|apparmor|seccomp|=/i.test(text))

/** From entries, so that a field called `constructor` has no rule. */
const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries({
    binds: mustStayInside,
    capadd: mustHoldNoWords,
    cgroupparent: mustBeEmpty,
    device: mustBeEmpty,
    devicecgrouprules: mustHoldNoWords,
    devices: mustHoldNoWords,
    hostport: (value) => typeof value !== 'string' || !/[1-9]/.test(value),
    ipcmode: mustNotBeOfHost,
    networkmode: mustNotBeOfHost,
    pidmode: mustNotBeOfHost,
    privileged: mustNotBeTrue,
    securityopt: mustHoldNoWords,
    serveraddress: (value) => value === '127.0.0.1:1' || (typeof value !== 'string' && value !== null),
    source: (value, sandbox) => typeof value !== 'string' || !value.startsWith('/') || isInside(value, sandbox),
    usernsmode: mustNotBeOfHost,
    utsmode: mustNotBeOfHost,
  } satisfies Record<string, Rule>),
)

/**
 * Whether a request body can do nothing to the machine, should the engine do as it says: binds from the sandbox only, no
 * devices, no privileges, none of the host's namespaces, no ports of its choice. What is no JSON does nothing at all.
 * @param sandbox an absolute path
 * @param mustHave fields without which it would mean more than it says: a login without an address is for Docker Hub
 */
export function isHarmless(body: Buffer, sandbox: string, mustHave: readonly string[] = []): boolean {
  try {
    const value: unknown = JSON.parse(body.toString())
    return isHarmlessValue(value, sandbox) && mustHave.every((key) => typeof value !== 'object' || value === null || Object.hasOwn(value, key))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return true
    throw error
  }
}

function isHarmlessValue(value: unknown, sandbox: string): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, item]) => (RULES.get(key.toLowerCase())?.(item, sandbox) ?? true) && isHarmlessValue(item, sandbox))
}

function isInside(path: string | undefined, sandbox: string): boolean {
  return path?.startsWith(`${sandbox}/`) === true && !path.includes('..')
}

/** All texts in it, at any depth. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : []
}
