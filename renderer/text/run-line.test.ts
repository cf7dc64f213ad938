import { expect, test } from 'vitest'
import { runSpecOf } from '../api/run-spec.ts'
import { memoryBytes, runLine } from './run-line.ts'

const IMAGE = { Env: ['PATH=/bin'], Cmd: ['serve'], Entrypoint: ['/start'], WorkingDir: '/srv', Labels: { vendor: 'acme' }, ExposedPorts: { '80/tcp': {} } }

function lineOf(config: object, host: object = {}, networks: object = { bridge: {} }): string {
  const Config = { ...IMAGE, Image: 'acme/web:1', Hostname: 'c0ffee', ...config }
  return runLine(runSpecOf({ Id: 'c0ffee1234', Name: '/web', Config, HostConfig: host, NetworkSettings: { Networks: networks } }, IMAGE))
}

test('what a container has of its image is not said again', () => {
  expect(lineOf({})).toBe('docker run -d --name web acme/web:1')
})

test('what was chosen for it is, in words that a shell leaves as they are', () => {
  const line = lineOf(
    {
      Env: ['PATH=/bin', "GREETING=it's fine"],
      Cmd: ['sh', '-c', 'echo $HOME'],
      Labels: { vendor: 'acme', tier: 'front' },
      User: '1000:1000',
      Tty: true,
      OpenStdin: true,
    },
    {
      PortBindings: {
        '80/tcp': [
          { HostIp: '127.0.0.1', HostPort: '8080' },
          { HostIp: '::1', HostPort: '' },
        ],
        '53/udp': [{ HostIp: '', HostPort: '53' }],
      },
      Binds: ['data:/data:ro'],
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
      Memory: 67_108_864,
      NanoCpus: 1.5e9,
      AutoRemove: true,
      NetworkMode: 'front',
      ShmSize: 67_108_864,
    },
    { front: {}, back: {} },
  )
  expect(line).toBe(
    "docker run -d -i -t --rm --name web -u 1000:1000 -e 'GREETING=it'\\''s fine' -p 127.0.0.1:8080:80 -p '[::1]::80' -p 53:53/udp -v data:/data:ro " +
      "--network front --network back --restart on-failure:3 -m 67108864 --cpus 1.5 -l tier=front acme/web:1 sh -c 'echo $HOME'",
  )
})

test('an entrypoint of its own has its further words before the command, which is then said, too', () => {
  expect(lineOf({ Entrypoint: ['sh', '-c'], Cmd: ['ls'] })).toBe('docker run -d --name web --entrypoint sh acme/web:1 -c ls')
})

test('limits, kernel parameters and the health check are said, the check only where it is not the image’s', () => {
  const host = { Ulimits: [{ Name: 'nofile', Soft: 1024, Hard: 2048 }], Sysctls: { 'net.core.somaxconn': '1024' } }
  const health = {
    Test: ['CMD-SHELL', 'wget -q localhost || exit 1'],
    Interval: 90e9,
    Timeout: 1_500_000_000,
    Retries: 4,
    StartPeriod: 5e9,
    StartInterval: 250_000,
  }
  expect(lineOf({ Healthcheck: health }, host)).toBe(
    "docker run -d --name web --ulimit nofile=1024:2048 --sysctl net.core.somaxconn=1024 --health-cmd 'wget -q localhost || exit 1' --health-interval 90s " +
      '--health-timeout 1500ms --health-retries 4 --health-start-period 5s --health-start-interval 250us acme/web:1',
  )
  expect(lineOf({ Healthcheck: { Test: ['CMD', 'is-up', 'now'] } })).toBe("docker run -d --name web --health-cmd 'is-up now' acme/web:1")
  expect(lineOf({ Healthcheck: { Test: ['NONE'] } })).toBe('docker run -d --no-healthcheck --name web acme/web:1')
  const ofImage = { ...IMAGE, Healthcheck: health }
  const container = { Id: 'c0ffee1234', Name: '/web', Config: { ...ofImage, Image: 'acme/web:1', Healthcheck: { ...health, Retries: 9 } } }
  expect(runLine(runSpecOf(container, ofImage))).toBe('docker run -d --name web --health-retries 9 acme/web:1')
})

test('a secret can be left out', () => {
  const spec = {
    image: 'web',
    switches: [],
    options: [
      ['-e', 'TOKEN=abc'],
      ['-e', 'MODE=x'],
    ],
    command: [],
  } as const
  expect(runLine(spec, (name) => name !== 'TOKEN')).toBe("docker run -e 'TOKEN=••••••' -e MODE=x web")
})

test.each([
  ['', 0],
  ['512m', 536_870_912],
  ['1.5g', 1_610_612_736],
  ['64MB', 67_108_864],
  ['1000', 1000],
] as const)('%s are %d bytes', (text, bytes) => {
  expect(memoryBytes(text)).toBe(bytes)
})

test('what is no size is named', () => expect(() => memoryBytes('much')).toThrow('“much” is no size'))
