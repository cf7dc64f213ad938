import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../harness/run.ts'
import { CLIENT } from './ours.ts'

/** Our `run` asks the API for the same container as docker's: both speak to a daemon that only listens and refuses. */

let folder: string
let server: Server
let request: unknown

beforeAll(async () => {
  folder = await mkdtemp('/tmp/er-')
  await writeFile(join(folder, 'env'), 'A=1\n# no\n B=2 \nHOME\n')
  await writeFile(join(folder, 'labels'), 'one=1\ntwo\n')
  await writeFile(join(folder, 'seccomp.json'), '{ "defaultAction": "SCMP_ACT_ALLOW" }')
  server = createServer(async (incoming, response) => {
    response.setHeader('Api-Version', '1.50').setHeader('Ostype', 'linux')
    if (incoming.url === '/_ping') return response.end('OK')
    request = { url: incoming.url, body: JSON.parse(await text(incoming)) }
    response.statusCode = 500
    response.end('{"message":"heard"}')
  })
  server.listen(join(folder, 'docker.sock'))
  await once(server, 'listening')
})

afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
})

/** docker reads them through a map, and sends them in whatever order that has. */
const UNORDERED: readonly string[] = ['Binds', 'Env']

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? value.toSorted() : value
}

/** Fields that say nothing are left out by one client and sent empty by the other. */
function meaningful(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(meaningful)
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [key, UNORDERED.includes(key) ? sorted(meaningful(inner)) : meaningful(inner)])
  return Object.fromEntries(entries.filter(([, inner]) => !isEmpty(inner)))
}

function isEmpty(value: unknown): boolean {
  return value === null || value === '' || value === 0 || value === false || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
}

async function heard(command: readonly string[]): Promise<unknown> {
  request = undefined
  const [program = '', ...args] = command
  const { stderr } = await run(program, args, { env: { DOCKER_HOST: `unix://${join(folder, 'docker.sock')}`, DOCKER_CONFIG: folder }, cwd: folder })
  expect(stderr).toContain('heard')
  return meaningful(request)
}

test.each([
  'busybox',
  'busybox sh -c x',
  '-t --rm --name one busybox',
  '-d -i busybox',
  '-a stdin -a stdout -i busybox',
  '-e A=1 -e B -e HOME --env-file env busybox',
  '-l a=b -l c --label-file labels busybox',
  '-u 1:2 -w /tmp -h box --domainname example.org busybox',
  '-v /a:/b:ro -v ./c:/d -v named:/e:nocopy -v /anonymous busybox',
  '--mount type=bind,source=/a,target=/b,readonly,bind-propagation=rshared --mount type=tmpfs,target=/t,tmpfs-size=64m,tmpfs-mode=1770 busybox',
  '--mount source=v,target=/v,volume-nocopy,volume-label=a=b,volume-driver=local,volume-opt=type=tmpfs busybox',
  '--tmpfs /run:size=1m,mode=755 --tmpfs /tmp --read-only --volumes-from other:ro busybox',
  '-p 80 -p 8080:81 -p 127.0.0.1:8000-8001:90-91/udp -p [::1]:1:2 -p 7000-7010:7 --expose 5-6/udp -P busybox',
  '-p published=1,target=2,protocol=udp busybox',
  '--network none busybox',
  '--net host busybox',
  '--network mine --network-alias x --ip 10.0.0.2 --link db:data busybox',
  '--network name=mine,alias=x,ip=10.0.0.2,mac-address=92:d0:c6:0a:29:33,driver-opt=a=b busybox',
  '--network one --network name=two,gw-priority=5 busybox',
  '--link db busybox',
  '--add-host a:1.2.3.4 --add-host b=[::1] --add-host c:host-gateway --dns 1.1.1.1 --dns-opt ndots:2 --dns-option edns0 --dns-search example.org busybox',
  '--restart on-failure:3 busybox',
  '--restart unless-stopped --stop-signal INT --stop-timeout 0 busybox',
  '-m 64m --memory-reservation 32m --memory-swap -1 --memory-swappiness 10 --shm-size 1g --oom-kill-disable --oom-score-adj 100 busybox',
  '--cpus 1.5 -c 512 --cpu-period 1000 --cpu-quota 2000 --cpuset-cpus 0-1 --cpuset-mems 0 --pids-limit 50 busybox',
  '--ulimit nofile=10:20 --ulimit core=-1 --sysctl net.core.somaxconn=5 --device /dev/null --device /dev/zero:/dev/x:r --device /dev/full:w busybox',
  '--cap-add NET_ADMIN --cap-drop ALL --privileged --security-opt no-new-privileges --security-opt seccomp=seccomp.json --group-add 5 busybox',
  '--security-opt systempaths=unconfined --security-opt seccomp=unconfined --userns host --cgroupns private --cgroup-parent /x busybox',
  '--init=false --pid host --ipc host --uts host --runtime runc busybox',
  '--entrypoint /x busybox a b',
  '--entrypoint= busybox',
  '--health-cmd true --health-interval 1m30s --health-timeout 5s --health-retries 3 --health-start-period 1s --health-start-interval 2s busybox',
  '--no-healthcheck busybox',
  '--log-driver none busybox',
  '--log-driver json-file --log-opt max-size=1m busybox',
  '--platform linux/arm64 busybox',
  'docker.io/library/busybox:1@sha256:0000000000000000000000000000000000000000000000000000000000000000',
])('run %s', async (line) => {
  const args = ['run', ...line.split(' ')]
  expect(await heard([...CLIENT, ...args])).toEqual(await heard(['docker', ...args]))
})
