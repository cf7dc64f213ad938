import { isLoopback } from '../linux/loopback.ts'
import type { Log } from '../log.ts'
import type { DaemonOptions, TlsOptions } from './flags.ts'
import type { HostAddress } from './host-address.ts'

/**
 * Says at every start, in the log and where a person at the terminal cannot miss it, that an address lets in whoever
 * reaches it: the Engine API makes everyone who speaks it root on this machine.
 */
export function warnOfExposure(address: HostAddress, tls: TlsOptions | undefined, log: Log): void {
  if (address.kind !== 'tcp' || tls?.verify || isLoopback(address.host)) return
  const name = `tcp://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
  const lack = tls ? 'without asking clients for a certificate (--tlsverify)' : 'without TLS'
  log.warn(`the API on ${name} is open to the network ${lack}: whoever reaches it is root on this machine`)
  process.stderr.write(
    banner([
      'WARNING',
      `The Engine API listens on ${name} ${lack}.`,
      'Everyone who can reach this address is root on this machine.',
      '',
      'To let in only those whom you gave a certificate:',
      '  ./engineroom certs --host NAME-OR-ADDRESS-OF-THIS-MACHINE',
    ]),
  )
}

/** Says at every start that any page of the web may drive this engine: a browser reaches the loopback, too. */
export function warnOfPages({ hosts, tls, corsOrigins }: DaemonOptions, log: Log): void {
  const isReached = hosts.some((host) => !/^(unix|fd):/.test(host)) && !tls?.verify
  if (!isReached || !corsOrigins.includes('*')) return
  log.warn('every page in a browser that reaches this engine may use it: whoever wrote the page is root on this machine')
  process.stderr.write(
    banner([
      'WARNING',
      'Every page of the web may use the Engine API (--api-cors-header=*, --api-enable-cors).',
      'Who opens a page in a browser that reaches this engine makes its author root here.',
      '',
      'To let in only the page that you mean:',
      '  --api-cors-header https://its.example:8443',
    ]),
  )
}

function banner(lines: readonly string[]): string {
  const rule = '*'.repeat(Math.max(...lines.map((line) => line.length)) + 4)
  return `\n${rule}\n${lines.map((line) => `* ${line}`.trimEnd()).join('\n')}\n${rule}\n\n`
}
