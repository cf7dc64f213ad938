import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificates } from '../harness/certificates.ts'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'

/**
 * The chapter's technique 1, "open your Docker daemon to the world", with its address and port. The machine's address is that
 * of the engine's own bridge: one that is not the loopback, and that every machine with the engine has.
 */
let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon({ flags: ['-H', 'tcp://0.0.0.0:2375'] })
})
afterAll(() => daemon[Symbol.asyncDispose]())

const address = () => `tcp://${daemon.subnet}.1:2375`
const remotely = (...args: string[]) => daemon.docker(args, { env: { DOCKER_HOST: address(), DOCKER_TLS_VERIFY: '', DOCKER_TLS: '' } })

describe('technique 1: open the daemon to the world', () => {
  test('a client elsewhere names it with -H, or once with DOCKER_HOST', async () => {
    const id = await daemon.ok('run', '-d', '--name', 'seen', 'busybox', 'sleep', '1000')
    const named = await daemon.docker(['-H', address(), 'ps', '--no-trunc', '-q'])
    expect(named).toEqual({ code: 0, stdout: `${id}\n`, stderr: '' })
    expect(await remotely('run', '--rm', 'busybox', 'echo', 'from afar')).toEqual({ code: 0, stdout: 'from afar\n', stderr: '' })
    expect((await remotely('rm', '-f', 'seen')).stdout).toBe('seen\n')
    expect(await daemon.ok('ps', '-aq')).toBe('')
  })

  test('the socket goes on answering beside it', async () => {
    expect(await daemon.ok('version', '-f', '{{.Server.Version}}')).toBe((await remotely('version', '-f', '{{.Server.Version}}')).stdout.trim())
  })

  test('every start warns of it, in the log and at the terminal', async () => {
    await daemon.stop()
    await daemon.start()
    const said = await daemon.log()
    expect(
      said.split('* The Engine API listens on tcp://0.0.0.0:2375 without TLS.\n* Everyone who can reach this address is root on this machine.\n'),
    ).toHaveLength(3)
    expect(
      said.split('level=warn msg="the API on tcp://0.0.0.0:2375 is open to the network without TLS: whoever reaches it is root on this machine"\n'),
    ).toHaveLength(3)
  })

  test('with certificates, only those who were given one get in', async () => {
    const certificates = await makeCertificates(join(daemon.root, 'certs'), '--host', `${daemon.subnet}.1`)
    await daemon.stop()
    await daemon.start(['--tlsverify', ...certificates.daemonFlags])
    expect(await daemon.docker(['ps', '-q'], { env: certificates.clientOf(address()) })).toEqual({ code: 0, stdout: '', stderr: '' })
    expect((await remotely('ps')).code).toBe(1)
  })

  test('a container drives the engine through its socket, given to it with -v', async () => {
    const socket = ['-v', `${daemon.socketPath}:/var/run/docker.sock`]
    const programs = ['-v', '/usr:/usr:ro', '-v', '/lib:/lib:ro', '-v', '/lib64:/lib64:ro', '-e', `PATH=${process.env.PATH}`]
    // All, as a process may ask before the engine has noted that it runs.
    const own = await daemon.ok('run', '--rm', '--name', 'inside', ...socket, ...programs, 'busybox', 'docker', 'ps', '-a', '--format', '{{.Names}}')
    expect(own).toBe('inside')
    expect(await daemon.ok('run', '--rm', ...socket, ...programs, 'busybox', 'docker', 'run', '--rm', 'busybox', 'echo', 'a sibling')).toBe('a sibling')
  })
})
