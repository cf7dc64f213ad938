import type { Case, Chapter } from '../case.ts'
import type { Engine } from '../engine.ts'

/** Flags, what a shell in the container says of them, and what that shows. */
type Row = readonly [flags: string, script: string, name: string, differs?: string]

/** Those that go together are tried together, in one container each. */
const GROUPS: readonly (readonly Row[])[] = [
  [
    ['--env A=b', 'echo $A $HOME $PATH', 'environment'],
    ['--hostname box --domainname a.test', 'hostname', 'host name'],
    ['--workdir /not/there/yet', 'pwd', 'a working directory is made'],
    ['--tmpfs /t:size=64k', 'mount | grep " /t " | grep -o "noexec\\|size=64k"', 'a tmpfs and its options'],
    ['--shm-size 1m', 'mount | grep " /dev/shm " | grep -o "noexec\\|size=1024k"', 'shared memory of the size that was asked for'],
    ['--ulimit nofile=64:128', 'ulimit -Sn; ulimit -Hn', 'limits of the process'],
    ['--sysctl net.ipv4.ip_default_ttl=77', 'cat /proc/sys/net/ipv4/ip_default_ttl', 'a setting of the kernel'],
    ['--init', 'cut -d "" -f 1 /proc/1/cmdline | cut -c 1-17', 'an init before the program'],
    ['--oom-score-adj 100', 'cat /proc/self/oom_score_adj', 'score for the out-of-memory killer'],
    ['--add-host a.test:192.0.2.7', 'grep a.test /etc/hosts | grep 192', 'a line in the hosts file'],
    ['--dns 192.0.2.1 --dns-search a.test --dns-option ndots:2', 'cat /etc/resolv.conf', 'a resolver', 'the order of lines of docker 28'],
    ['--device /dev/null:/dev/x:r', 'ls -l /dev/x | cut -c 1-10', 'a device'],
    ['--mount type=bind,source=/etc,target=/b,readonly', 'touch /b/x', 'a bind that is read-only'],
    ['--volume running:/usr/bin', 'ls /usr/bin', 'a new volume has the files of the image'],
    ['--memory 64m', 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max', 'a limit of memory'],
    ['--pids-limit 50', 'cat /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids.max', 'a limit of processes'],
  ],
  [
    ['--user 7:8 --group-add 9', 'id', 'a user by number, with another group'],
    ['--read-only', 'touch /tmp/x', 'a root that is read-only'],
    ['--network none', 'ls /sys/class/net | grep -c eth', 'no interface'],
    ['--security-opt no-new-privileges', 'grep NoNewPrivs /proc/self/status', 'no new privileges'],
  ],
  [
    ['--cap-drop all --cap-add chown', 'grep Cap /proc/self/status', 'capabilities that were chosen'],
    ['--security-opt seccomp=unconfined', 'grep Seccomp: /proc/self/status', 'no filter of system calls'],
  ],
  [
    ['', 'grep Cap /proc/self/status', 'capabilities'],
    ['', 'grep Seccomp: /proc/self/status', 'a filter of system calls'],
    ['', 'id', 'root, unless told otherwise'],
    ['', 'ls -A /dev', 'devices'],
  ],
]

/** What was said in each group: all of it comes at once. */
const said = new WeakMap<Engine, Map<readonly Row[], Promise<string[]>>>()

function groupOf(engine: Engine, group: readonly Row[]): Promise<string[]> {
  const groups = said.get(engine) ?? new Map<readonly Row[], Promise<string[]>>()
  said.set(engine, groups)
  const before = groups.get(group)
  if (before) return before
  const script = group.map(([, line]) => `(${line}) 2>&1; echo ---;`).join(' ')
  const answers = engine.docker(['run', '--rm', ...group.flatMap(([flags]) => flags.split(' ')).filter((word) => word !== ''), 'busybox', 'sh', '-c', script])
  const parts = answers.then(({ code, stdout, stderr }) => {
    if (code !== 0) throw new Error(stderr)
    return stdout.split('---\n').map((text) => text.trim().replaceAll('\n', '⏎'))
  })
  groups.set(group, parts)
  return parts
}

const together = GROUPS.flatMap((group) =>
  group.map(
    ([flags, script, name, differs], at): Case => ({
      subject: `docker run ${flags === '' ? '' : `${flags} `}busybox sh -c '${script}'`,
      name,
      ask: async (engine) => (await groupOf(engine, group))[at] ?? 'said nothing',
      ...(differs ? { differs } : {}),
    }),
  ),
)

const alone = (
  [
    [`--name named busybox echo hi`, 'prints what the program prints'],
    [`busybox sh -c 'echo out; exit 3'`, 'ends with the code of the program'],
    [`--init busybox sh -c 'kill -9 $$'`, 'ends with 128 and the signal'],
    [`--user nobody busybox id`, 'a user by name'],
    [`--user nosuch busybox id`, 'an unknown user'],
    [`--entrypoint echo busybox hi`, 'another entry point'],
  ] as const
).map(([line, name]): Case => ({ subject: `docker run --rm ${line}`, name, ask: (engine) => engine.says(`run --rm ${line}`) }))

/** The words are those of the runtime. */
function failing(line: string, name: string): Case {
  return { subject: `docker run --rm ${line}`, name, ask: (engine) => engine.code(`run --rm ${line}`) }
}

const piped: Case = {
  subject: 'docker run --rm -i busybox cat',
  name: 'input reaches the program, and its end, too',
  ask: (engine) => engine.says('run --rm -i busybox cat', { input: 'typed\n' }),
}

export const running: Chapter = {
  title: 'Running',
  cases: [
    ...alone,
    failing('busybox nosuch', 'ends with 127 when there is no such program'),
    failing('busybox /etc', 'ends with 126 when it is no program'),
    failing('--nosuch busybox true', 'ends with 125 when a flag is unknown'),
    piped,
    ...together,
  ],
}
