import type { Chapter } from '../case.ts'
import type { Engine } from '../engine.ts'

/** A flag, and the fields in which `inspect` shows it. */
type Row = readonly [flag: string, fields: string]

/** Those that go together are given together, in one container each. */
const GROUPS: Readonly<Record<string, readonly Row[]>> = {
  limits: [
    ['--add-host a.test:192.0.2.7', 'HostConfig.ExtraHosts'],
    ['--cap-add CAP_NET_ADMIN', 'HostConfig.CapAdd'],
    ['--cap-drop CAP_CHOWN', 'HostConfig.CapDrop'],
    ['--cgroupns host', 'HostConfig.CgroupnsMode'],
    ['--cpu-period 50000 --cpu-quota 25000', 'HostConfig.CpuPeriod HostConfig.CpuQuota'],
    ['--cpu-shares 512', 'HostConfig.CpuShares'],
    ['--cpuset-cpus 0', 'HostConfig.CpusetCpus'],
    ['--device /dev/null:/dev/x:r', 'HostConfig.Devices'],
    [`--device-cgroup-rule 'c 1:3 r'`, 'HostConfig.DeviceCgroupRules'],
    ['--dns 192.0.2.1 --dns-search a.test --dns-option ndots:2', 'HostConfig.Dns HostConfig.DnsSearch HostConfig.DnsOptions'],
    ['--domainname a.test', 'Config.Domainname'],
    ['--entrypoint echo', 'Config.Entrypoint Config.Cmd Path Args'],
    ['--env A=b', 'Config.Env'],
    ['--expose 80 --expose 90/udp', 'Config.ExposedPorts'],
    ['--group-add 7', 'HostConfig.GroupAdd'],
    [`--health-cmd true --health-interval 7s --health-retries 2 --health-timeout 3s --health-start-period 1s`, 'Config.Healthcheck'],
    ['--hostname box', 'Config.Hostname'],
    ['--init', 'HostConfig.Init'],
    ['--label a=b --label c', 'Config.Labels'],
    ['--log-opt max-size=1m --log-opt max-file=2', 'HostConfig.LogConfig'],
    ['--memory 64m --memory-reservation 32m', 'HostConfig.Memory HostConfig.MemoryReservation'],
    ['--oom-score-adj 100', 'HostConfig.OomScoreAdj'],
    ['--pids-limit 50', 'HostConfig.PidsLimit'],
    ['--publish-all', 'HostConfig.PublishAllPorts'],
    ['--read-only', 'HostConfig.ReadonlyRootfs'],
    ['--restart on-failure:3', 'HostConfig.RestartPolicy'],
    ['--runtime runc', 'HostConfig.Runtime'],
    ['--security-opt no-new-privileges', 'HostConfig.SecurityOpt'],
    ['--shm-size 1m', 'HostConfig.ShmSize'],
    ['--stop-signal SIGINT --stop-timeout 3', 'Config.StopSignal Config.StopTimeout'],
    ['--sysctl net.ipv4.ip_forward=1', 'HostConfig.Sysctls'],
    ['--tmpfs /t:size=1m', 'HostConfig.Tmpfs'],
    ['--ulimit nofile=64:128', 'HostConfig.Ulimits'],
    ['--user 7:8', 'Config.User'],
    ['--workdir /tmp', 'Config.WorkingDir'],
  ],
  hosts: [
    ['--attach stdout', 'Config.AttachStdin Config.AttachStdout Config.AttachStderr'],
    ['--cpus 0.5', 'HostConfig.NanoCpus'],
    ['--no-healthcheck', 'Config.Healthcheck'],
    ['--ipc host', 'HostConfig.IpcMode'],
    ['--log-driver none', 'HostConfig.LogConfig'],
    ['--network none', 'HostConfig.NetworkMode'],
    ['--pid host', 'HostConfig.PidMode'],
    ['--publish 127.0.0.1:8080:80 --publish 81/udp', 'HostConfig.PortBindings Config.ExposedPorts'],
    ['--restart unless-stopped', 'HostConfig.RestartPolicy'],
    ['--userns host', 'HostConfig.UsernsMode'],
    ['--uts host', 'HostConfig.UTSMode'],
  ],
  terminal: [
    ['--interactive', 'Config.OpenStdin Config.StdinOnce Config.AttachStdin'],
    ['--network host', 'HostConfig.NetworkMode'],
    ['--privileged', 'HostConfig.Privileged HostConfig.MaskedPaths HostConfig.ReadonlyPaths'],
    ['--rm', 'HostConfig.AutoRemove'],
    ['--tty', 'Config.Tty'],
  ],
  mount1: [['--mount type=tmpfs,target=/t,tmpfs-size=1m', 'HostConfig.Mounts Mounts']],
  mount2: [['--mount type=bind,source=/etc,target=/t,readonly', 'HostConfig.Mounts Mounts']],
  mount3: [['--volume /etc:/t:ro', 'HostConfig.Binds Mounts']],
  mount4: [['--volume flags:/t', 'HostConfig.Binds']],
}

async function shown(engine: Engine, group: string, fields: string): Promise<string> {
  const path = `/containers/flags-${group}/json`
  if ((await engine.request('GET', path)).status === 404) {
    const flags = (GROUPS[group] ?? []).map(([flag]) => flag).join(' ')
    const { code, stderr } = await engine.docker(`create --name flags-${group} ${flags} busybox true`)
    if (code !== 0) throw new Error(stderr)
  }
  return engine.get(path, ...fields.split(' '))
}

const namesOf = (fields: string) =>
  fields
    .replaceAll('HostConfig.', '')
    .replaceAll(/(?<= |^)Config\./g, '')
    .replaceAll(' ', ', ')

export const createFlags: Chapter = {
  title: 'Flags of `docker create` and `docker run`, as inspect shows them',
  cases: Object.entries(GROUPS).flatMap(([group, rows]) =>
    rows.map(([flag, fields]) => ({
      subject: `docker create ${flag}`,
      name: `inspect: ${namesOf(fields)}`,
      ask: (engine: Engine) => shown(engine, group, fields),
    })),
  ),
}
