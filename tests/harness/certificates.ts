import { fileURLToPath } from 'node:url'
import { run } from './run.ts'

const CLIENT = fileURLToPath(new URL('../../dist/cli/main.mjs', import.meta.url))

/** What `engineroom certs` makes. */
export class Certificates {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** The daemon's flags for it. */
  get daemonFlags(): string[] {
    return ['--tlscacert', `${this.folder}/server/ca.pem`, '--tlscert', `${this.folder}/server/cert.pem`, '--tlskey', `${this.folder}/server/key.pem`]
  }

  /** Docker's variables for a client that has been given a certificate. */
  clientOf(host: string): NodeJS.ProcessEnv {
    return { DOCKER_HOST: host, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: `${this.folder}/client` }
  }
}

/** Runs `engineroom certs`, which must succeed. @param folder one that is not there yet */
export async function makeCertificates(folder: string, ...flags: string[]): Promise<Certificates> {
  const { code, stderr } = await run(process.execPath, ['--', CLIENT, 'certs', '--out', folder, ...flags])
  if (code !== 0) throw new Error(`engineroom certs: ${stderr}`)
  return new Certificates(folder)
}
