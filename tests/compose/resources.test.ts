import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestDaemon } from '../harness/daemon.ts'
import { leftovers, Project, startWithCompose } from './project.ts'

/** What a project may bring along for its services: files, secrets, networks, volumes, limits. */

const SECRETS = `
services:
  reader:
    image: busybox
    command: sleep 1000
    stop_signal: SIGKILL
    secrets:
      - from_file
      - { source: from_environment, target: /run/given, mode: 0440, uid: "7", gid: "8" }
    configs:
      - { source: from_file, target: /etc/from_file }
      - { source: inline, target: /etc/inline, mode: 0400, uid: "5" }
      - { source: from_environment, target: /etc/deep/er/from_environment }
secrets:
  from_file: { file: ./secret.txt }
  from_environment: { environment: GIVEN }
configs:
  from_file: { file: ./config.txt }
  inline: { content: "a \${GIVEN}\\n" }
  from_environment: { environment: GIVEN }
`

const NETWORKS = `
x-idle: &idle { image: busybox, command: sleep 1000, stop_signal: SIGKILL }
services:
  one:
    <<: *idle
    hostname: uno
    mac_address: 02:42:ac:11:65:43
    extra_hosts: [ "elsewhere=10.1.2.3", "host.docker.internal=host-gateway" ]
    networks: { fixed: { ipv4_address: 10.217.77.9, aliases: [ alias ] }, side: { interface_name: left0, priority: 10 } }
  two:
    <<: *idle
    networks: [ fixed ]
    links: [ "one:first" ]
  beside: { <<: *idle, network_mode: "service:one", depends_on: [ one ] }
  alone: { <<: *idle, network_mode: none }
  away:
    <<: *idle
    dns: 10.9.9.9
    dns_search: example.test
networks:
  fixed:
    ipam: { config: [ { subnet: 10.217.77.0/24, gateway: 10.217.77.1 } ] }
    labels: { why: test }
    attachable: true
  side: { name: side-by-name, internal: true, driver_opts: { com.docker.network.bridge.enable_icc: "true" } }
`

const VOLUMES = `
services:
  idle:
    image: busybox
    command: sleep 1000
    stop_signal: SIGKILL
    volumes:
      - named:/named
      - small:/small
      - ./made/by/it:/bound
      - { type: bind, source: ./file, target: /file, read_only: true }
      - { type: tmpfs, target: /scratch, tmpfs: { size: 1m, mode: 0o1777 } }
      - { type: image, source: busybox, target: /image }
      - /anonymous
    tmpfs: [ "/fast:size=2m" ]
volumes:
  named: { labels: { why: test } }
  small: { driver: local, driver_opts: { type: tmpfs, device: tmpfs, o: size=3m } }
`

const OPTIONS = `
include: [ ./included/compose.yaml ]
services:
  child:
    extends: { file: base.yaml, service: parent }
    env_file: [ one.env, { path: none.env, required: false } ]
    environment: { DIRECT: "3" }
    labels: { com.example: "yes" }
    user: "12:34"
    working_dir: /tmp
    read_only: true
    init: true
    cap_drop: [ ALL ]
    cap_add: [ CHOWN ]
    security_opt: [ "no-new-privileges:true" ]
    sysctls: { net.ipv4.ip_unprivileged_port_start: "100" }
    ulimits: { nofile: { soft: 100, hard: 200 } }
    shm_size: 8m
    mem_limit: 64m
    cpus: 0.5
    pids_limit: 50
    oom_score_adj: 100
    stop_signal: SIGKILL
    stop_grace_period: 3s
    restart: on-failure:2
    logging: { driver: json-file, options: { max-size: 1m } }
    group_add: [ "77" ]
    ipc: private
    tty: true
    expose: [ "77" ]
    annotations: { note: kept }
    post_start: [ { command: "touch /dev/shm/begun", user: root } ]
`

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startWithCompose()
})
afterAll(() => daemon[Symbol.asyncDispose]())

async function down(project: Project): Promise<void> {
  await project.ok('down', '--volumes', '--timeout', '0')
  // Those without a name that an earlier down has left.
  await daemon.ok('volume', 'prune', '--force')
  expect(await leftovers(daemon)).toEqual([])
}

test('secrets and configs of files, of the environment, and written out', async () => {
  const project = await Project.create(daemon, 'secrets', { 'compose.yaml': SECRETS, 'secret.txt': 'hidden\n', 'config.txt': 'set\n' })
  await project.okWith({ GIVEN: 'handed over' }, 'up', '--detach')
  const look = 'cat /run/secrets/from_file /run/given /etc/from_file /etc/inline /etc/deep/er/from_environment'
  expect(await project.shell('reader', look)).toBe('hidden\nhanded overset\na handed over\nhanded over')
  expect(await project.shell('reader', 'stat -c "%a %u %g" /run/given /etc/inline')).toBe('440 7 8\n400 5 0')
  await down(project)
})

test('networks: addresses, aliases, links, names of interfaces, internal ones, another’s', async () => {
  const project = await Project.create(daemon, 'nets', { 'compose.yaml': NETWORKS })
  await project.ok('up', '--detach')
  const address = (name: string) => `nslookup ${name} 127.0.0.11 | sed -n 's/^Address: *//p' | tail -n 1`
  for (const name of ['one', 'alias', 'first', 'nets-one-1']) expect([name, await project.shell('two', address(name))]).toEqual([name, '10.217.77.9'])
  expect(await project.shell('one', 'hostname; grep -c "10.1.2.3.*elsewhere" /etc/hosts; cat /sys/class/net/left0/address | wc -l')).toBe('uno\n1\n1')
  expect(await project.shell('one', 'grep host.docker.internal /etc/hosts | wc -l')).toBe('1')
  expect(await project.shell('beside', 'hostname; ls /sys/class/net | grep left0')).toBe('uno\nleft0')
  expect(await project.shell('alone', 'ls /sys/class/net')).toBe('lo')
  expect(await project.inspect('away', '{{json .HostConfig.Dns}} {{json .HostConfig.DnsSearch}}')).toBe('["10.9.9.9"] ["example.test"]')
  expect(await daemon.ok('network', 'inspect', '--format', '{{.Internal}} {{index .Labels "com.docker.compose.network"}}', 'side-by-name')).toBe('true side')
  await daemon.ok('network', 'create', 'outside')
  await project.write('compose.yaml', `${NETWORKS}  outside: { external: true }\n`.replace('networks: [ fixed ]', 'networks: [ fixed, outside ]'))
  await project.ok('up', '--detach')
  expect(await daemon.ok('network', 'inspect', '--format', '{{range .Containers}}{{.Name}}{{end}}', 'outside')).toBe('nets-two-1')
  await project.ok('down', '--timeout', '0')
  await daemon.ok('network', 'rm', 'outside')
  await down(project)
})

test('volumes: named, bound, in memory, of an image', async () => {
  const project = await Project.create(daemon, 'vols', { 'compose.yaml': VOLUMES, file: 'bound\n' })
  await project.ok('up', '--detach')
  await project.shell('idle', 'echo kept > /named/file; echo out > /bound/file; cat /file; test -d /image/bin; touch /anonymous/x /scratch/x /fast/x')
  expect((await project.compose(['exec', '-T', 'idle', 'sh', '-c', 'echo > /file'])).code).toBe(1)
  expect(await project.shell('idle', "df -k /scratch /fast /small | awk 'NR>1 { print $2 }'; stat -c %a /scratch")).toBe('1024\n2048\n3072\n1777')
  await project.ok('down', '--timeout', '0')
  await project.ok('up', '--detach')
  expect(await project.shell('idle', 'cat /named/file /bound/file')).toBe('kept\nout')
  await down(project)
})

test('a part of a volume', async () => {
  const project = await Project.create(daemon, 'part', {
    'compose.yaml': `
services:
  filler: { image: busybox, command: "sh -c 'mkdir -p /all/part; echo in > /all/part/file'", volumes: [ "whole:/all" ] }
  user:
    image: busybox
    command: cat /sub/file
    volumes: [ { type: volume, source: whole, target: /sub, volume: { subpath: part } } ]
    depends_on: { filler: { condition: service_completed_successfully } }
volumes: { whole: {} }
`,
  })
  await project.ok('up', '--detach')
  await daemon.ok('wait', 'part-user-1')
  expect(await project.ok('logs', '--no-log-prefix', 'user')).toBe('in')
  await down(project)
})

describe('options', () => {
  let project: Project
  beforeAll(async () => {
    project = await Project.create(daemon, 'options', {
      'compose.yaml': OPTIONS,
      'base.yaml': 'services: { parent: { image: busybox, command: sleep 1000, environment: { INHERITED: "1" } } }\n',
      'included/compose.yaml': 'services: { included: { image: busybox, command: sleep 1000, stop_signal: SIGKILL, env_file: own.env } }\n',
      'included/own.env': 'OWN=4\n',
      'one.env': 'FROM_FILE="two words"\n',
    })
    await project.ok('up', '--detach', '--wait')
  })

  test('of files that are put together', async () => {
    expect(await project.shell('child', 'echo "$INHERITED $FROM_FILE $DIRECT"')).toBe('1 two words 3')
    expect(await project.shell('included', 'echo $OWN')).toBe('4')
  })

  test('of limits and rights', async () => {
    expect(await project.shell('child', 'id -u; id -G; pwd; ulimit -n; ulimit -Hn; cat /proc/sys/net/ipv4/ip_unprivileged_port_start; cat /proc/1/comm')).toBe(
      '12\n34 77\n/tmp\n100\n200\n100\ndocker-init',
    )
    expect(
      await project.inspect(
        'child',
        '{{with .HostConfig}}{{.Memory}} {{.NanoCpus}} {{.PidsLimit}} {{.ShmSize}} {{.RestartPolicy.Name}} {{.ReadonlyRootfs}} {{.IpcMode}}{{end}}',
      ),
    ).toBe('67108864 500000000 50 8388608 on-failure true private')
    expect(await project.inspect('child', '{{.Config.StopTimeout}} {{index .Config.Labels "com.example"}} {{index .HostConfig.Annotations "note"}}')).toBe(
      '3 yes kept',
    )
    expect((await project.compose(['exec', '-T', 'child', 'touch', '/no'])).code).toBe(1)
  })

  test('of what runs once it has started', async () => {
    expect(await project.shell('child', 'ls /dev/shm')).toBe('begun')
  })

  test('and down', () => down(project))
})

test('a healthcheck that fails: up --wait says so, and what depends on it does not start', async () => {
  const project = await Project.create(daemon, 'sick', {
    'compose.yaml': `
services:
  sick: { image: busybox, command: sleep 1000, stop_signal: SIGKILL, healthcheck: { test: "false", interval: 200ms, retries: 2 } }
  waits: { image: busybox, command: "true", depends_on: { sick: { condition: service_healthy } } }
`,
  })
  const { code, stderr } = await project.compose(['up', '--detach', '--wait'])
  expect([code, stderr]).toEqual([1, expect.stringContaining('dependency failed to start: container sick-sick-1 is unhealthy')])
  expect(await project.states()).toEqual(['sick-sick-1 running', 'sick-waits-1 created'])
  await down(project)
})

test('what is missing is said in compose’s words', async () => {
  const image = await Project.create(daemon, 'imageless', { 'compose.yaml': 'services: { a: { image: not.there.invalid/x, pull_policy: never } }\n' })
  expect((await image.compose(['up', '--detach'])).stderr).toMatch(/No such image: not\.there\.invalid\/x:latest/)
  await image.ok('down')
  const network = 'services: { a: { image: busybox, networks: [ gone ] } }\nnetworks: { gone: { external: true } }\n'
  const networkless = await Project.create(daemon, 'networkless', { 'compose.yaml': network })
  expect((await networkless.compose(['up', '--detach'])).stderr).toContain('network gone declared as external, but could not be found')
  await down(networkless)
})
