import { Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { serversIn } from '../networks/text-files.ts'
import { type Check, fine } from './check.ts'

const TIMEOUT_MS = 2000

/** @param configured of daemon.json; without, containers ask whom this machine asks */
export async function checkDns(configured: readonly string[]): Promise<Check> {
  const servers = configured.length > 0 ? configured : serversIn(await readFile('/etc/resolv.conf', 'utf8').catch(() => ''))
  const answers = await Promise.all(servers.map(doesAnswer))
  return dnsCheck(servers.map((address, at) => ({ address, answers: answers[at] ?? false })))
}

export function dnsCheck(servers: readonly { readonly address: string; readonly answers: boolean }[]): Check {
  const named = { id: 'dns', title: 'Names (DNS)' }
  const names = (all: typeof servers) => all.map(({ address }) => address).join(', ')
  const silent = servers.filter(({ answers }) => !answers)
  const fix = 'Name a server that answers: “dns” in Settings, or the resolv.conf of the machine. In a VPN it is often the server of that.'
  if (servers.length === 0) return { ...named, state: 'warn', detail: 'This machine has no DNS server in /etc/resolv.conf.', fix }
  if (silent.length === servers.length)
    return { ...named, state: 'warn', detail: `Nobody answers at ${names(servers)}: containers find names of each other, and none of the world.`, fix }
  if (silent.length > 0) return { ...named, state: 'warn', detail: `${names(silent)} does not answer: each name that is asked there waits for it.`, fix }
  return { ...named, ...fine(`${names(servers)} answers.`) }
}

/** Whether anything comes back: "there is no such name" is an answer, too. */
async function doesAnswer(server: string): Promise<boolean> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 })
  try {
    resolver.setServers([server.includes(':') ? `[${server.split('%', 1)[0]}]` : server])
    await resolver.resolve('.', 'NS')
    return true
  } catch (error) {
    const silence = ['ETIMEOUT', 'ECONNREFUSED', 'ECANCELLED', 'ERR_INVALID_IP_ADDRESS']
    return !(error instanceof Error && 'code' in error && silence.includes(String(error.code)))
  }
}
