import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect'
import type { BuildSecrets, SshAgent } from '../build/request.ts'
import type { RegistryAuth } from '../images/registry/auth.ts'
import { Auth } from './protocol/filesync_pb.ts'
import { Secrets } from './protocol/secrets_pb.ts'
import { SSH } from './protocol/ssh_pb.ts'

/** A client's connection on which we are the one who asks: for its files, its secrets, its credentials. */
export interface ClientSession {
  readonly id: string
  /** Of the folder that it builds: the same in the next build. Empty when there is nothing to come back to. */
  readonly sharedKey: string
  readonly transport: Transport
  /** Aborted when the connection has ended. */
  readonly gone: AbortSignal
  /** Whether the client has the method, e.g. `/moby.filesync.v1.FileSync/DiffCopy`. */
  offers(method: string): boolean
}

const refuse = () => Promise.reject(new ConnectError('the client of this build has no session', Code.Unavailable))

/** Of a client that offers nothing, and whose build ends with its call alone. */
export const NO_SESSION: ClientSession = {
  id: '',
  sharedKey: '',
  transport: { unary: refuse, stream: refuse },
  gone: new AbortController().signal,
  offers: () => false,
}

/** What the client hands over while the signal is not aborted. */
export function secretsOf(session: ClientSession, signal: AbortSignal): BuildSecrets {
  return { secret: (id) => secretOf(session, id, signal), agent: (id) => agentOf(session, id, signal) }
}

/** @returns undefined when the client has no such secret, or none at all */
async function secretOf(session: ClientSession, id: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
  if (!session.offers('/moby.buildkit.secrets.v1.Secrets/GetSecret')) return undefined
  try {
    return (await createClient(Secrets, session.transport).getSecret({ id }, { signal })).data
  } catch (error) {
    if (ConnectError.from(error).code === Code.NotFound) return undefined
    throw error
  }
}

/** @returns undefined when the client has no SSH agent of that name, or none at all */
async function agentOf(session: ClientSession, id: string, signal: AbortSignal): Promise<SshAgent | undefined> {
  if (!session.offers('/moby.sshforward.v1.SSH/CheckAgent')) return undefined
  const client = createClient(SSH, session.transport)
  try {
    await client.checkAgent({ id }, { signal })
  } catch (error) {
    // Clients answer with an error of no kind for one that they have not.
    if (ConnectError.from(error).code === Code.Unknown) return undefined
    throw error
  }
  return {
    async forward(connection) {
      const said = (async function* () {
        for await (const data of connection as AsyncIterable<Buffer>) yield { data: new Uint8Array(data) }
      })()
      for await (const { data } of client.forwardAgent(said, { headers: { 'buildkit.ssh.id': id }, signal })) connection.write(data)
      connection.end()
    },
  }
}

/** Docker Hub's credentials are kept under a name of old. */
const HUB = 'https://index.docker.io/v1/'

/** @param host of a registry @returns undefined when the client knows none for it */
export async function credentialsOf(session: ClientSession, host: string, signal: AbortSignal): Promise<RegistryAuth | undefined> {
  if (!session.offers('/moby.filesync.v1.Auth/Credentials')) return undefined
  const { username, secret } = await createClient(Auth, session.transport).credentials({ host: host === 'docker.io' ? HUB : host }, { signal })
  if (secret === '') return undefined
  // Without a name, it is a token with which one is asked for.
  return username === ''
    ? { username, password: '', identityToken: secret, registryToken: '' }
    : { username, password: secret, identityToken: '', registryToken: '' }
}
