import { isIP } from 'node:net'
import { ConfigurationError } from './configuration-error.ts'

/** What was said about `host-gateway`, where. */
export interface HostGatewayWishes {
  /** `--host-gateway-ip`, each of them. */
  readonly flags: readonly string[] | undefined
  /** The key `host-gateway-ip` of daemon.json, from before there could be two. */
  readonly one: string | undefined
  /** Its key `host-gateway-ips`. */
  readonly several: readonly string[] | undefined
  /** Of daemon.json. */
  readonly path: string
}

/**
 * The addresses that `host-gateway` stands for: at most one of each family, as for dockerd 28; none when nobody said any.
 * @throws ConfigurationError in dockerd's words
 */
export function hostGatewayIps({ flags, one, several, path }: HostGatewayWishes): readonly string[] {
  if (one !== undefined && several !== undefined)
    throw new ConfigurationError('host-gateway-ip and host-gateway-ips must not both be specified in the config file')
  const inFile = `unable to configure the daemon with file ${path}: `
  if (one && isIP(one) === 0) throw new ConfigurationError(`${inFile}invalid IP address: ${one}`)
  const addresses = flags ?? several ?? (one ? [one] : [])
  for (const address of addresses) {
    const where = flags ? `invalid argument ${JSON.stringify(address)} for "--host-gateway-ip" flag: ` : inFile
    if (isIP(address) === 0) throw new ConfigurationError(`${where}ParseAddr(${JSON.stringify(address)}): unable to parse IP`)
  }
  for (const family of [4, 6]) {
    if (addresses.filter((address) => isIP(address) === family).length > 1)
      throw new ConfigurationError(
        `merged configuration validation from file and command line flags failed: only one IPv${family} host gateway IP address can be specified`,
      )
  }
  return addresses
}
