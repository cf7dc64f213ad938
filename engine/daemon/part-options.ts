import { hostname } from 'node:os'
import { type LogConfig, validateLogConfig } from '../containers/logs/log-config.ts'
import { messageOf } from '../errors.ts'
import { proxiesOf } from '../images/registry/proxy.ts'
import { ConfigurationError } from './configuration-error.ts'
import type { DaemonOptions } from './flags.ts'

/** What the daemon's parts take of its options. */

/** @throws ConfigurationError in dockerd's words; it would find a wrong driver only when a container is made */
export function checkedLogDefaults({ logDriver, logOpts }: DaemonOptions): LogConfig {
  const config = { Type: logDriver, Config: logOpts }
  try {
    validateLogConfig(config)
    return config
  } catch (error) {
    throw new ConfigurationError(`failed to set log opts: ${messageOf(error)}`)
  }
}

/** What the event says of the new configuration, in dockerd's words. */
export function reloadAttributes(options: DaemonOptions, defaultRuntime: string): Record<string, string> {
  return {
    name: hostname(),
    debug: String(options.debug),
    labels: JSON.stringify(options.labels),
    'default-runtime': defaultRuntime,
    'insecure-registries': JSON.stringify(options.insecureRegistries),
    'registry-mirrors': JSON.stringify(options.registryMirrors),
    'max-concurrent-downloads': String(options.maxConcurrentDownloads),
    'max-concurrent-uploads': String(options.maxConcurrentUploads),
    'shutdown-timeout': String(options.shutdownTimeoutS),
  }
}

/** How images are pulled and pushed. */
export function registrySettings(options: DaemonOptions) {
  const isCidr = (text: string) => /\/\d+$/.test(text)
  return {
    mirrors: options.registryMirrors,
    hub: options.hub,
    insecureCidrs: options.insecureRegistries.filter(isCidr),
    insecureHosts: options.insecureRegistries.filter((text) => !isCidr(text)),
    maxConcurrentDownloads: options.maxConcurrentDownloads,
    maxConcurrentUploads: options.maxConcurrentUploads,
    proxies: proxiesOf(process.env, options.proxies),
    certificateFolders: options.certificateFolders,
  }
}

/** What there is to know of the bridge and of networks to come. */
export function networkOptions(options: DaemonOptions) {
  const { bridge, bip, fixedCidr, mtu, dns, dnsSearch, dnsOptions, defaultAddressPools, ip, icc, ipForward, ipMasq } = options
  const { hostGatewayIps, namesOfVmHost } = options
  return { bridge, bip, fixedCidr, mtu, dns, dnsSearch, dnsOptions, defaultAddressPools, ip, icc, ipForward, ipMasq, hostGatewayIps, namesOfVmHost }
}
