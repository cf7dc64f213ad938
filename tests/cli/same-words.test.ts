import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { engineroom, inOurName } from './ours.ts'

/**
 * Our client and docker's, asked the same of the same daemon, print the same and end with the same code. Nothing here
 * starts a container that stays, so that the second of the two finds what the first found.
 */

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
  await daemon.ok(
    'run',
    '-d',
    '--name',
    'web',
    '--expose',
    '7',
    '-p',
    '127.0.0.1::80',
    '-p',
    '127.0.0.1::81',
    '-l',
    'x=y',
    '-l',
    'a=b',
    '-v',
    'vol:/data',
    'busybox',
    'sh',
    '-c',
    'echo out; echo err >&2; exec sleep 1000',
  )
  await daemon.docker(['run', '--name', 'done', 'busybox', 'sh', '-c', 'echo bye; exit 3'])
  await daemon.ok('create', '--name', 'fresh', 'busybox', 'a command that is far too long for a table')
  await daemon.ok('commit', 'done', 'localhost:5000/team/tool:1.2') // Not a tag: docker lists the names of one image in no order.
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** Ages change from one second to the next; they are compared in the unit tests. */
const withoutAges = (text: string) => text.replace(/(Less than a second|About a minute|\d+ (second|minute)s?)( ago)?/g, 'AGE').replace(/ {3,}/g, '   ')

async function expectSame(args: readonly string[]): Promise<void> {
  const [theirs, ours] = await Promise.all([daemon.docker(args), engineroom(daemon, args)])
  const comparable = ({ code, stdout, stderr }: typeof ours) => ({ code, stdout: withoutAges(stdout), stderr: withoutAges(stderr) })
  expect(comparable(ours)).toEqual(comparable(inOurName(theirs)))
}

/** A command line as typed; quotes keep words together. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

describe('lists', () => {
  test.each([
    'ps',
    'ps -a',
    'ps -a --no-trunc',
    'ps -q',
    'ps -aq --no-trunc',
    'ps -l',
    'ps -n 2',
    'ps -as',
    'ps --format json',
    `ps -a --format '{{json .}}'`,
    `ps -a --format 'table {{.ID}}\\t{{.Label "x"}}\\t{{upper .Names}}\\t{{.Size}}'`,
    `ps -a --format '{{.Labels}}|{{.Mounts}}|{{.LocalVolumes}}|{{.Networks}}|{{.Command}}|{{.Ports}}'`,
    'ps --format raw',
    'ps --format table',
    'ps -f status=exited -f name=done',
    'ps --filter label=x=z',
    `ps -q --format '{{.Names}}'`,
    'container ls -a',
    'images',
    'images -q',
    'images --digests',
    'images --no-trunc',
    'images busybox',
    'images nosuch',
    'images ls',
    'image ls',
    `images --format '{{.Repository}}:{{.Tag}} {{.Digest}} {{.Size}}'`,
    `images --format 'table {{.Repository}}\\t{{.ID}}'`,
    'images --format raw',
    'images -f dangling=true',
  ])('%s', (line) => expectSame(words(line))) // prettier-ignore
})

describe('containers', () => {
  test.each([
    'logs web',
    'logs --tail 1 done',
    'logs -t done',
    'logs --since 1h done',
    'logs --until 2013-01-02 done',
    'exec web echo hi',
    `exec web sh -c 'echo out; exit 4'`,
    'exec -u 1:2 -w /tmp -e A=b web env',
    'exec web nosuchcommand',
    'exec web /etc',
    'exec -u nobody99 web id',
    'exec -d web true',
    'exec done true',
    'exec -t web tty',
    `run --rm busybox sh -c 'echo out; exit 9'`,
    `run --rm -a stderr busybox sh -c 'echo a; echo b >&2'`,
    'run --rm -t busybox tty',
    'run --rm --entrypoint echo busybox hi',
    `run --rm --network none --read-only -m 64m --cpus 0.5 --cap-drop all --tmpfs /tmp --init -h box --add-host x=1.2.3.4 -e Q=1 busybox sh -c 'hostname; grep x /etc/hosts; echo $Q; touch /x'`,
    'run --rm -- busybox echo hi',
    'run --rm --dns 127.0.0.1 busybox true',
    'inspect web',
    'inspect busybox',
    'inspect vol bridge',
    `inspect -f '{{.State.Status}}' web done nosuch`,
    `inspect -f '{{json .Config.Labels}}{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' web`,
    'inspect --type image web',
    'inspect -f json done',
  ])('%s', (line) => expectSame(words(line))) // prettier-ignore
})

describe('what is wrong', () => {
  test.each([
    'nosuch',
    '-x',
    '--nosuch',
    'ps extra',
    'ps -n',
    'ps -n x',
    'ps -qx',
    'ps --last',
    'ps --quiet=maybe',
    'ps --filter foo',
    'ps --filter foo=bar',
    `ps --format '{{.Names'`,
    `ps --format '{{nosuch}}'`,
    `ps --format '{{range .}}'`,
    'images a b',
    'logs',
    'logs a b',
    'logs nosuch',
    'logs --since nonsense web',
    'exec web',
    'exec nosuch true',
    'exec -it web sh',
    'stop',
    'stop nosuch nosuch2',
    'stop -t x web',
    'kill done',
    'rm',
    'rm web',
    'rm nosuch',
    'rm -f nosuch',
    'start',
    'start nosuch',
    'start -a web done',
    'attach done',
    'attach nosuch',
    'rmi',
    'rmi nosuch',
    'rmi -f nosuch',
    'load',
    'load -i /nosuch',
    'load extra',
    'pull',
    'pull BAD',
    'pull -a x:y',
    'pull localhost:1/x',
    'inspect nosuch',
    `inspect -f '{{.Nope}}' web`,
    'run',
    'run --nosuch',
    'run --rm=maybe busybox',
    'run -it busybox',
    'run --rm busybox nosuchcommand',
    'run --rm busybox /etc',
    'run --rm --pull never nosuch:img',
    'run localhost:1/x',
    'run --pull sometimes busybox',
    'run -m foo busybox',
    'run -e =x busybox',
    'run -p 99999:1 busybox',
    'run -p 1-2:3-5 busybox',
    'run -p 1.2.3:80:80 busybox',
    'run -p 80/foo busybox',
    'run --expose 1:2 busybox',
    'run --expose 5-1 busybox',
    'run --name web busybox',
    'run --restart always --rm busybox',
    'run --restart foo busybox',
    'run --restart on-failure:x busybox',
    'run --env-file /nosuch busybox',
    'run -v abc::x busybox',
    'run --mount type=bind busybox',
    'run --mount foo busybox',
    'run --mount type=bind,source=/nosuch,target=/x busybox',
    'run --mount type=volume,target=/x,tmpfs-size=3 busybox',
    'run --ulimit foo busybox',
    'run --ulimit nofile=3:2 busybox',
    'run --add-host foo busybox',
    'run --add-host a:b busybox',
    'run --dns foo busybox',
    'run --cpus foo busybox',
    'run --cpus 1.23456789012 busybox',
    'run -l =x busybox',
    'run --device foo busybox',
    'run -a foo busybox',
    'run -d -a stdout busybox',
    'run --pid foo busybox',
    'run --security-opt foo busybox',
    'run --security-opt seccomp=/nosuch busybox',
    'run --health-interval foo busybox',
    'run --no-healthcheck --health-cmd x busybox',
    'run --rm --network nosuch busybox',
    'run --network bridge --network-alias x busybox',
    'run BusyBox',
    'run a:b:c',
    'run --sysctl foo busybox',
    'run -w relative busybox',
    'run --cap-add nope busybox',
    'run --rm -u nosuch busybox true',
  ])('%s', (line) => expectSame(words(line))) // prettier-ignore
})
