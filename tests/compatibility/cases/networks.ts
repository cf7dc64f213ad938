import { type Case, type Chapter, NEWER_WORDS } from '../case.ts'
import type { Engine } from '../engine.ts'

/** Subnets are written `NET:n`, an interface of the host's `PARENT`: each engine has its own. */
type Steps = readonly string[]

/** The network that many of the cases share. */
const ONE = 'network create --subnet NET:1 one'
const SLEEP = 'busybox sleep 1000'
/** A network whose interfaces stand on one of the host's. */
const WIRE = 'network create -d macvlan -o parent=PARENT --subnet NET:2 --gateway IP:2.9 two'

/** Command lines; all but the last prepare, and what the last prints is the answer. The last may be a request. */
const ROWS: readonly (readonly [subject: string, name: string, steps: Steps, differs?: string])[] = [
  ['docker network create', 'prints the id', ['network create --subnet NET:2 two']],
  ['docker network create', 'a name that is taken', [ONE, 'network create one']],
  ['docker network create', 'a name that is kept', ['network create host']],
  ['docker network create --subnet', 'addresses that another has', [ONE, 'network create --subnet NET:1 two'], NEWER_WORDS],
  ['docker network create --subnet', 'no subnet', ['network create --subnet 10.0.0.1/24 --gateway 10.0.0.300 one']],
  ['docker network create --label', 'inspect: Labels', ['network create --subnet NET:2 --label a=b two', `network inspect --format '{{json .Labels}}' two`]],
  ['docker network create --internal', 'inspect: Internal', ['network create --subnet NET:2 --internal two', `network inspect --format '{{.Internal}}' two`]],
  [
    'docker network create --attachable',
    'inspect: Attachable',
    ['network create --subnet NET:2 --attachable two', `network inspect --format '{{.Attachable}}' two`],
  ],
  [
    'docker network create --opt',
    'inspect: Options',
    ['network create --subnet NET:2 --opt com.docker.network.driver.mtu=1400 two', `network inspect --format '{{json .Options}}' two`],
  ],
  [
    'docker network create --gateway --aux-address',
    'inspect: IPAM.Config',
    ['network create --subnet NET:2 --gateway IP:2.9 --aux-address a=IP:2.8 two', `network inspect --format '{{json .IPAM.Config}}' two`],
  ],
  [
    'docker network inspect',
    'what nobody asked for',
    [ONE, `network inspect --format '{{.Name}} {{.Driver}} {{.Scope}} {{.EnableIPv6}} {{json .Containers}} {{.ConfigOnly}}' one`],
  ],
  [
    'docker network inspect',
    'the containers in it',
    [ONE, `run -d --name net-a --network one --ip IP:1.5 ${SLEEP}`, `network inspect --format '{{range .Containers}}{{.Name}} {{.IPv4Address}}{{end}}' one`],
  ],
  [
    'docker network ls --filter',
    'by label',
    ['network create --subnet NET:2 --label of=mine two', `network ls --filter label=of=mine --format '{{.Name}} {{.Driver}}'`],
  ],
  ['docker network ls --filter', 'those that somebody made', [ONE, `network ls --filter type=custom --format '{{.Name}}'`]],
  ['docker network rm', 'prints the name', ['network create --subnet NET:2 two', 'network rm two']],
  ['DELETE /networks/{id}', 'one that is in use', [ONE, `run -d --name net-a --network one ${SLEEP}`, 'DELETE /networks/one'], NEWER_WORDS],
  [
    'docker network create --config-only',
    'inspect: what a configuration is',
    ['network create --config-only --label a=b two', `network inspect --format '{{.Driver}} {{.ConfigOnly}} {{json .Labels}} {{json .IPAM.Config}}' two`],
  ],
  ['docker network create --config-only', 'with what is no configuration', ['network create --config-only --internal two']],
  ['docker network create --config-only', 'from another', ['network create --config-only --config-from x two']],
  [
    'docker network create --config-from',
    'inspect: ConfigFrom',
    [
      'network create --config-only --subnet NET:2 --label a=b two',
      'network create --config-from two two-b',
      `network inspect --format '{{.Driver}} {{.ConfigOnly}} {{json .Labels}} {{json .ConfigFrom}}' two-b`,
    ],
  ],
  ['docker network create --config-from', 'one that is not there', ['network create --config-from nosuch two']],
  ['docker network create --config-from', 'with labels of its own', ['network create --config-from nosuch --label a=b two']],
  ['docker network create --config-from', 'with options of its own', ['network create --config-from nosuch -o a=b two']],
  [
    'docker network rm',
    'a configuration that is in use',
    ['network create --config-only --subnet NET:2 two', 'network create --config-from two two-b', 'network rm two'],
  ],
  ['docker network create --driver macvlan', 'inspect: what it is', [WIRE, `network inspect --format '{{.Driver}} {{.Internal}} {{json .IPAM.Config}}' two`]],
  ['docker network create --driver macvlan', 'a mode that there is not', ['network create -d macvlan -o parent=PARENT -o macvlan_mode=nosuch two']],
  ['docker network create --driver macvlan', 'on the loopback', ['network create -d macvlan -o parent=lo two']],
  ['docker network create --driver macvlan', 'on an interface that is not there', ['network create -d macvlan -o parent=nosuch two']],
  ['docker network create --driver macvlan', 'on a VLAN with too high a number', ['network create -d macvlan -o parent=PARENT.4095 two']],
  ['docker network create --driver macvlan', 'on a VLAN without a number', ['network create -d macvlan -o parent=PARENT.x two']],
  ['docker network create --driver ipvlan', 'a mode that there is not', ['network create -d ipvlan -o parent=PARENT -o ipvlan_mode=nosuch two']],
  ['docker network create --driver ipvlan', 'on the loopback', ['network create -d ipvlan -o parent=lo two']],
  [
    'docker network create --driver ipvlan',
    'layer 3, inspect: Options',
    [
      'network create -d ipvlan -o parent=PARENT -o ipvlan_mode=l3 --subnet NET:2 two',
      `network inspect --format '{{.Driver}} {{.Options.ipvlan_mode}} {{(index .IPAM.Config 0).Subnet}}' two`,
    ],
  ],
  [
    'docker run --network',
    'macvlan: addresses, gateway and resolver',
    [
      WIRE,
      `run --rm --network two --ip IP:2.7 busybox sh -c 'ip -4 -o address show eth0 | grep -o "inet [^ ]*"; ip route | grep -o "default via [^ ]*"; grep nameserver /etc/resolv.conf'`,
    ],
  ],
  [
    'docker run --network-alias',
    'macvlan: names resolve',
    [
      WIRE,
      `run -d --name net-a --network two --network-alias other --ip IP:2.7 ${SLEEP}`,
      `run --rm --network two busybox sh -c 'for name in net-a other; do nslookup $name | grep "^Address: "; done'`,
    ],
  ],
  ['docker network create --driver overlay', 'without a swarm', ['network create -d overlay two']],
  ['docker network create --driver', 'one that is not there', ['network create -d nosuch two']],
  [
    'docker network create --ipv6',
    'inspect: EnableIPv6',
    ['network create --ipv6 --subnet fd00:d0c:e::/64 --subnet NET:2 two', `network inspect --format '{{.EnableIPv6}}' two`],
  ],
  [
    'docker network create --ip-range',
    'inspect: IPAM.Config',
    ['network create --subnet NET:2 --gateway IP:2.1 --ip-range IP:2.128/25 two', `network inspect --format '{{json .IPAM.Config}}' two`],
  ],
  ['docker network create --scope', 'local', ['network create --subnet NET:2 --scope local two', `network inspect --format '{{.Scope}}' two`]],
  ['docker network ls --filter', 'by name', [ONE, `network ls --filter name=on --format '{{.Name}}'`]],
  ['docker network ls --filter', 'by scope', [`network ls --filter scope=swarm --format '{{.Name}}'`]],
  ['docker network ls --filter', 'a type that is none', ['network ls --filter type=nosuch']],
  ['docker network ls --quiet --no-trunc', 'ids', ['network ls --quiet --no-trunc --filter name=host']],
  ['docker network inspect --format', 'one that is not there, and one that is', [`network inspect --format '{{.Name}}' nosuch host`]],
  ['docker network rm', 'one that is not there', ['network rm nosuch']],
  ['docker network rm', 'those that are always there', ['network rm bridge host none']],
  ['docker network prune --filter', 'until', ['network create --subnet NET:2 two', 'network prune -f --filter until=24h']],
  ['docker network disconnect --force', 'a container that is not there', ['network disconnect --force bridge nosuch']],
  [
    'docker network connect --link',
    'a name of one alone',
    [
      ONE,
      `run -d --name net-a --network one --ip IP:1.7 ${SLEEP}`,
      `run -d --name net-b ${SLEEP}`,
      'network connect --link net-a:other one net-b',
      `exec net-b sh -c 'ping -c 1 other | head -n 1'`,
    ],
  ],
  ['docker network prune', 'those that nobody uses', ['network create --subnet NET:2 --label of=mine two', 'network prune -f --filter label=of=mine']],
  [
    'docker run --network',
    'addresses begin after that of the gateway',
    [
      'network create --subnet NET:2 two',
      `run --rm --network two busybox sh -c 'ip -4 -o address show eth0 | grep -o "inet [^ ]*"; ip route | grep -o "default via [^ ]*"'`,
    ],
  ],
  ['docker run --network', 'one that is not there', ['run --rm --network nosuch busybox true'], NEWER_WORDS],
  ['docker run --network', 'the resolver', [ONE, `run --rm --network one busybox grep nameserver /etc/resolv.conf`]],
  ['docker run --ip', 'an address of choice', [ONE, `run --rm --network one --ip IP:1.77 busybox sh -c 'ip -4 -o address show eth0 | grep -o "inet [^ ]*"'`]],
  [
    'docker run --network-alias',
    'names resolve in a network',
    [
      ONE,
      `run -d --name net-a --network one --network-alias other --ip IP:1.7 ${SLEEP}`,
      `run --rm --network one busybox sh -c 'ping -c 1 net-a | head -n 1; ping -c 1 other | head -n 1'`,
    ],
  ],
  [
    'docker run',
    'names do not resolve in the default network',
    [`run -d --name net-a ${SLEEP}`, `run --rm --dns 127.0.0.1 busybox sh -c 'ping -c 1 net-a 2>&1 || true'`],
  ],
  [
    'docker run --network container:',
    'one network for two',
    [`run -d --name net-a --hostname shared ${SLEEP}`, 'run --rm --network container:net-a busybox hostname'],
  ],
  [
    'docker run --link',
    'a line in the hosts file',
    [`run -d --name net-a ${SLEEP}`, `run --rm --link net-a:other busybox sh -c 'grep other /etc/hosts | cut -d " " -f 3'`],
  ],
  [
    'docker run --link',
    'environment',
    [`run -d --name net-a --expose 80 --env A=b ${SLEEP}`, `run --rm --name net-b --link net-a:other busybox sh -c 'env | grep OTHER_ENV_A'`],
  ],
  [
    'docker network connect',
    'one that runs',
    [ONE, `run -d --name net-a ${SLEEP}`, 'network connect one net-a', `exec net-a sh -c 'ls /sys/class/net | grep -c eth'`],
  ],
  ['docker network connect', 'a second time', [ONE, `run -d --name net-a --network one ${SLEEP}`, 'network connect one net-a']],
  ['docker network connect', 'a container that is not there', [ONE, 'network connect one nosuch']],
  ['docker network connect', 'to the network of the host', [`run -d --name net-a ${SLEEP}`, 'network connect host net-a']],
  [
    'docker network connect --ip --alias',
    'inspect: IPAMConfig',
    [
      ONE,
      `create --name net-a ${SLEEP}`,
      'network connect --ip IP:1.7 --alias other one net-a',
      `inspect --format '{{json .NetworkSettings.Networks.one.IPAMConfig}} {{json .NetworkSettings.Networks.one.Aliases}}' net-a`,
    ],
  ],
  [
    'docker network disconnect',
    'one that runs',
    [ONE, `run -d --name net-a --network one ${SLEEP}`, 'network disconnect one net-a', `exec net-a sh -c 'ls /sys/class/net | grep -c eth || true'`],
  ],
  ['docker network disconnect', 'one that is not in it', [ONE, `run -d --name net-a ${SLEEP}`, 'network disconnect one net-a']],
]

function addressed(engine: Engine, line: string): string {
  const net = (number: string) => engine.network(Number(number))
  return line
    .replace('PARENT', engine.parent)
    .replace(/NET:(\d)/g, (_, number) => `${net(number)}.0/24`)
    .replace(/IP:(\d)\.(\d+)/g, (_, number, host) => `${net(number)}.${host}`)
}

async function answered(engine: Engine, steps: Steps): Promise<string> {
  const lines = steps.map((step) => addressed(engine, step))
  const one = addressed(engine, ONE)
  const last = lines.pop() ?? ''
  try {
    for (const line of lines) {
      if (line === one && (await engine.request('GET', '/networks/one')).status === 200) continue
      const { code, stderr } = await engine.docker(line)
      if (code !== 0) throw new Error(`docker ${line}: ${stderr}`)
    }
    const [, path] = /^DELETE (.*)/.exec(last) ?? []
    return path === undefined ? await engine.says(last) : await engine.status('DELETE', path)
  } finally {
    await removeAll(engine)
  }
}

/** What the cases make: containers whose names begin with `net-`, and networks whose names have `two` in them. */
async function removeAll(engine: Engine): Promise<void> {
  for (const { Id } of await engine.must<{ Id: string }[]>('GET', '/containers/json?all=1&filters={"name":["net-"]}')) await engine.remove(Id)
  const made = await engine.must<{ Id: string; Name: string }[]>('GET', '/networks?filters={"name":["two"]}')
  // Those that are made from a configuration before it.
  for (const { Id } of made.sort((a, b) => b.Name.length - a.Name.length)) await engine.must('DELETE', `/networks/${Id}`)
}

export const networks: Chapter = {
  title: 'Networks',
  cases: ROWS.map(([subject, name, steps, differs]): Case => ({ subject, name, ask: (engine) => answered(engine, steps), ...(differs ? { differs } : {}) })),
}
