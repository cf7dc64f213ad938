import { EngineError } from '../errors.ts'
import type { Sysctl } from '../linux/links.ts'
import { isInterfaceName } from './bridge-options.ts'
import type { EndpointSettings } from './endpoint-settings.ts'

const PREFIX = 'com.docker.network.endpoint.'
const SYSCTLS = `${PREFIX}sysctls`
const INTERFACE_NAME = `${PREFIX}ifname`

type DriverOpts = EndpointSettings['DriverOpts']

/** The name that the interface in the container is to have; undefined for any. */
export function wantedInterfaceName(options: DriverOpts): string | undefined {
  return options?.[INTERFACE_NAME] || undefined
}

/** The kernel parameters that an interface is to have: `net.ipv4.conf.IFNAME.forwarding=1`, separated by commas. */
export function interfaceSysctls(options: DriverOpts, interfaceName: string): Sysctl[] {
  return sysctlTexts(options).flatMap((text) => {
    const { family, folder, file, value } = SYSCTL.exec(text)?.groups ?? {}
    return value === undefined ? [] : [{ path: `net/${family}/${folder}/${interfaceName}/${file}`, value }]
  })
}

/** The CLI writes keys and values of `--network` in lower case. */
const SYSCTL = /^net\.(?<family>ipv4|ipv6|mpls)\.(?<folder>\w+)\.(?:IFNAME|ifname)\.(?<file>\w+)=(?<value>[^\n]*)$/

function sysctlTexts(options: DriverOpts): string[] {
  return options?.[SYSCTLS]?.split(',') ?? []
}

/**
 * What is wrong with the options, in docker's words; undefined when nothing is.
 * @throws EngineError `not-implemented` for an option that would not be honoured
 * @see docker network connect, "--driver-opt"
 */
export function endpointOptionsTrouble(options: DriverOpts): string | undefined {
  const unknown = Object.keys(options ?? {}).find((name) => name.startsWith(PREFIX) && name !== SYSCTLS && name !== INTERFACE_NAME)
  if (unknown !== undefined) throw new EngineError('not-implemented', `the endpoint option ${unknown} is not supported by this engine`)
  const name = wantedInterfaceName(options)
  if (name !== undefined && (!isInterfaceName(name) || name === 'lo')) return `invalid interface name: ${name}`
  const sysctl = sysctlTexts(options).find((text) => !SYSCTL.test(text))
  if (sysctl === undefined) return undefined
  return `unrecognised network interface sysctl '${sysctl}'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'`
}
