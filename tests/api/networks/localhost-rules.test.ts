import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LocalhostState, localhostText } from '../../../engine/networks/outer-localhost/localhost-rules.ts'
import { run } from '../../harness/run.ts'
import { until } from '../../harness/until.ts'
import { ASK_PROGRAM } from './answering.ts'

/** A machine and the computer around it, as two network namespaces with the addresses of a real one. */
const GUEST = `erlg${process.pid}`
const COMPUTER = `erlc${process.pid}`
const OUTER = '10.0.2.2'

/** Where cgroup v2 is, below /sys/fs/cgroup: on a machine with both versions, beside the other ones. */
const V2 = existsSync('/sys/fs/cgroup/cgroup.controllers') ? '' : 'unified/'
const CGROUP = `er-localhost-${process.pid}`
const PROCS = join('/sys/fs/cgroup', V2, CGROUP, 'cgroup.procs')
const TABLE = `er-localhost-${process.pid}`

const servers: ChildProcess[] = []

async function ok(command: string, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, input === undefined ? {} : { input })
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
  return stdout.trim()
}
/** Not by ip(8), which would hide the cgroups. */
const inside = (netns: string, ...command: string[]) => [`--net=/run/netns/${netns}`, ...command]

beforeAll(async () => {
  await mkdir(join('/sys/fs/cgroup', V2, CGROUP))
  for (const netns of [GUEST, COMPUTER]) await ok('ip', ['netns', 'add', netns])
  await ok('ip', ['-n', GUEST, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', COMPUTER])
  for (const [netns, address] of [
    [GUEST, '10.0.2.15'],
    [COMPUTER, OUTER],
  ] as const) {
    await ok('ip', ['-n', netns, 'address', 'add', `${address}/24`, 'dev', 'eth0'])
    for (const link of ['lo', 'eth0']) await ok('ip', ['-n', netns, 'link', 'set', link, 'up'])
  }
  for (const netns of [GUEST, COMPUTER]) await ok('nsenter', inside(netns, 'sh', '-c', 'echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet'))
  await serve(COMPUTER, OUTER, 7001, 'computer')
  await serve(COMPUTER, OUTER, 7002, 'computer')
  await serve(GUEST, '127.0.0.1', 7002, 'guest')
  await serve(GUEST, '127.0.0.1', 7003, 'guest')
})
afterAll(async () => {
  for (const server of servers) server.kill('SIGKILL')
  for (const netns of [GUEST, COMPUTER]) await ok('ip', ['netns', 'delete', netns])
  await until('the cgroup to be empty', () =>
    rmdir(join('/sys/fs/cgroup', V2, CGROUP)).then(
      () => true,
      () => false,
    ),
  )
})

/** Says a word to each that connects. */
async function serve(netns: string, address: string, port: number, word: string): Promise<void> {
  const program = `require('net').createServer((s) => s.on('error', () => {}).end('${word}')).listen(${port}, '${address}', () => console.log('up'))`
  const server = spawn('nsenter', inside(netns, process.execPath, '-e', program), { stdio: ['ignore', 'pipe', 'inherit'] })
  servers.push(server)
  await new Promise((resolve) => server.stdout?.once('data', resolve))
}

const apply = (state: Partial<LocalhostState>) => {
  const member = { cgroup: `${V2}${CGROUP}`, level: 1 }
  const text = localhostText(TABLE, { outer: OUTER, device: 'eth0', members: [member], here: [], inside: [], ...state })
  return ok('nsenter', inside(GUEST, 'nft', '-f', '-'), text)
}

/** What a port says to a program of the guest's that is in the cgroup of a container, or not. */
const ask = (port: number, isMember = true) =>
  ok('sh', [
    '-c',
    `${isMember ? `echo $$ >${PROCS}; ` : ''}exec nsenter "$@"`,
    'sh',
    ...inside(GUEST, process.execPath, '-e', ASK_PROGRAM, 'tcp', '127.0.0.1', String(port)),
  ])
const askGuest = (port: number) => ok('nsenter', inside(COMPUTER, process.execPath, '-e', ASK_PROGRAM, 'tcp', '10.0.2.15', String(port)))
const says = (word: string, asking: () => Promise<string>) => until(`an answer of the ${word}`, async () => (await asking()) === word)

test('what a member asks of its localhost is asked of the computer where nobody listens here, and of nobody else', async () => {
  await apply({ here: [7002, 7003] })
  await says('computer', () => ask(7001))
  await says('guest', () => ask(7002))
  expect(await ask(7001, false)).toBe('silence')
  await apply({ here: [] })
  await says('computer', () => ask(7002))
  await apply({ here: [], members: [] })
  expect(await ask(7001)).toBe('silence')
})

test('what listens on 127.0.0.1 alone is open to the computer as far as was said', async () => {
  await apply({ here: [7002, 7003], inside: [7003] })
  await says('guest', () => askGuest(7003))
  expect(await askGuest(7002)).toBe('silence')
})

test('nobody else comes to our loopback through the interface', async () => {
  await serve(GUEST, '127.0.0.9', 7009, 'guest')
  // A neighbour that takes these addresses for somebody's in the network.
  await ok('ip', ['-n', COMPUTER, 'link', 'set', 'lo', 'down'])
  await ok('ip', ['-n', COMPUTER, 'address', 'flush', 'dev', 'lo'])
  await ok('ip', ['-n', COMPUTER, 'route', 'add', '127.0.0.0/8', 'via', '10.0.2.15', 'dev', 'eth0'])
  const askLoopback = () => ok('nsenter', inside(COMPUTER, process.execPath, '-e', ASK_PROGRAM, 'tcp', '127.0.0.9', '7009'))
  await apply({ here: [7009] })
  await ok('nsenter', inside(GUEST, 'nft', 'flush', 'chain', 'ip', TABLE, 'guard'))
  await says('guest', askLoopback)
  await apply({ here: [7009] })
  expect(await askLoopback()).toBe('silence')
})
