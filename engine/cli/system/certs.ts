import { hostname, userInfo } from 'node:os'
import { resolve } from 'node:path'
import { makeBundle } from '../../linux/certificates/bundle.ts'
import { certificateHost, commonName } from '../../linux/certificates/names.ts'
import { CliCommand } from '../command/command.ts'
import { integer, list } from '../command/values.ts'
import type { Session } from '../session.ts'

export interface CertsOptions {
  readonly host?: readonly string[]
  readonly out?: string
  readonly name?: string
  readonly days?: number
}

/** As long as clients accept a server's certificate anywhere. */
const DEFAULT_DAYS = 825

/** What always leads to the machine itself. */
const OWN_HOSTS = ['localhost', '127.0.0.1', '::1']

/** `engineroom certs` */
export function command(session: Session): CliCommand {
  return new CliCommand({ path: 'certs', usage: '[OPTIONS]', summary: 'Make certificates for TLS: an authority, one for the daemon, one for a client' })
    .flag('--days <int>', `How long they are valid (default ${DEFAULT_DAYS})`, days)
    .flag('--host <list>', 'Name or address that the daemon is reached by; may be repeated', list(certificateHost))
    .flag('--name <string>', 'Who the client is (default: your user name)', commonName)
    .flag('--out <string>', 'Folder for the files (default "engineroom-certs")')
    .perform<CertsOptions>((_, options) => certs(session, options))
}

export async function certs(session: Session, options: CertsOptions): Promise<void> {
  const out = resolve(options.out ?? 'engineroom-certs')
  const hosts = [...new Set([...(options.host ?? []), hostname(), ...OWN_HOSTS])]
  await makeBundle({ out, hosts, clientName: options.name ?? commonName(userInfo().username), days: options.days ?? DEFAULT_DAYS })
  session.print(instructions(out, hosts))
}

function days(text: string): number {
  const count = integer(text)
  if (count < 1) throw new Error('must be at least 1')
  return count
}

function instructions(out: string, hosts: readonly string[]): string {
  return [
    `Certificates for ${hosts.join(', ')} are in ${out}`,
    '',
    'The daemon:',
    `  ./engineroom daemon -H tcp://0.0.0.0:2376 --tlsverify --tlscacert ${out}/server/ca.pem --tlscert ${out}/server/cert.pem --tlskey ${out}/server/key.pem`,
    '',
    `A client, who needs nothing but ${out}/client:`,
    `  export DOCKER_HOST=tcp://${hosts[0]}:2376 DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=${out}/client`,
    '',
    `Whoever has ${out}/ca-key.pem can make more clients: keep it where the daemon is not.`,
  ].join('\n')
}
