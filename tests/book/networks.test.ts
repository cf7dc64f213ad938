import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { until } from '../harness/until.ts'

/** The chapter's techniques 7, "allowing container communication", and 8, "linking containers for port isolation". */
let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
}, 60_000)
afterAll(() => daemon[Symbol.asyncDispose]())

const sleeper = (name: string, ...options: string[]) => daemon.ok('run', '-d', '--name', name, ...options, 'busybox', 'sleep', '1000')
const addressOf = (name: string) => daemon.ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', name)
const hostsOf = (name: string) => daemon.ok('exec', name, 'cat', '/etc/hosts')
/** Names that are not known are not asked of anybody outside. */
const QUIET = ['--dns', '127.0.0.1']

describe('technique 7: a network of one’s own', () => {
  test('containers find each other on it by name, also one that was connected while it ran, and no other does', async () => {
    const id = await daemon.ok('network', 'create', 'my_network')
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    await sleeper('blog1', ...QUIET)
    await daemon.ok('network', 'connect', 'my_network', 'blog1')
    const ask = (...options: string[]) => daemon.docker(['run', '--rm', ...options, 'busybox', 'ping', '-c', '1', '-W', '20', 'blog1'])
    expect(await ask('--network', 'my_network')).toMatchObject({ code: 0, stdout: expect.stringContaining('1 packets received') })
    expect(await ask(...QUIET)).toMatchObject({ code: 1, stderr: expect.stringContaining("bad address 'blog1'") })

    await daemon.ok('network', 'disconnect', 'my_network', 'blog1')
    expect(await ask('--network', 'my_network', ...QUIET)).toMatchObject({ code: 1 })
    await daemon.ok('rm', '-f', 'blog1')
    await daemon.ok('network', 'rm', 'my_network')
  })
})

describe('technique 8: links', () => {
  test('tell their recipient where the other one is: in its hosts file and in its environment', async () => {
    const database = await sleeper('wp-mysql', '-e', 'MYSQL_ROOT_PASSWORD=yoursecretpassword', '--expose', '3306')
    await sleeper('wordpress', '--link', 'wp-mysql:mysql')
    const address = await addressOf('wp-mysql')
    expect(await hostsOf('wordpress')).toContain(`\n${address}\tmysql ${database.slice(0, 12)} wp-mysql\n`)
    expect(await daemon.ok('exec', 'wordpress', 'ping', '-c', '1', '-W', '20', 'mysql')).toContain('1 packets received')
    expect((await daemon.ok('exec', 'wordpress', 'env')).split('\n')).toEqual(
      expect.arrayContaining([
        `MYSQL_PORT=tcp://${address}:3306`,
        `MYSQL_PORT_3306_TCP=tcp://${address}:3306`,
        `MYSQL_PORT_3306_TCP_ADDR=${address}`,
        'MYSQL_PORT_3306_TCP_PORT=3306',
        'MYSQL_PORT_3306_TCP_PROTO=tcp',
        'MYSQL_NAME=/wordpress/mysql',
        'MYSQL_ENV_MYSQL_ROOT_PASSWORD=yoursecretpassword',
      ]),
    )
    expect(await daemon.ok('inspect', '-f', '{{json .HostConfig.Links}}', 'wordpress')).toBe('["/wp-mysql:/wordpress/mysql"]')
    const names = await daemon.ok('ps', '--no-trunc', '-f', 'name=wp-mysql', '--format', '{{.Names}}')
    expect(names.split(',').sort()).toEqual(['wordpress/mysql', 'wp-mysql'])
    // Nobody else was told.
    await sleeper('other', ...QUIET)
    expect(await hostsOf('other')).not.toContain('mysql')
  })

  test('follow the other one to its next address', async () => {
    const before = await addressOf('wp-mysql')
    await daemon.ok('restart', '-t', '0', 'wp-mysql')
    const after = await addressOf('wp-mysql')
    expect(after).not.toBe(before)
    expect(await hostsOf('wordpress')).toContain(`\n${after}\tmysql `)
    expect(await hostsOf('wordpress')).not.toContain(`${before}\t`)
  })

  test('need the other one: it must be there, and run', async () => {
    const refusal = async (...args: string[]) => (await daemon.docker(args)).stderr
    expect(await refusal('create', '--link', 'nobody:db', 'busybox')).toContain('could not get container for nobody: No such container: nobody')
    await daemon.ok('stop', '-t', '0', 'wp-mysql', 'wordpress')
    expect(await refusal('start', 'wordpress')).toContain('Cannot link to a non running container: /wp-mysql AS /wordpress/mysql')
    await daemon.ok('start', 'wp-mysql')
    await daemon.ok('start', 'wordpress')
    await daemon.ok('rm', '--link', 'wordpress/mysql')
    expect(await daemon.ok('inspect', '-f', '{{json .HostConfig.Links}}', 'wordpress')).toBe('[]')
    await daemon.removeAllContainers()
  })

  test('are an order: with the daemon, the other one starts first', async () => {
    await sleeper('zz-database', '--restart', 'always')
    await sleeper('aa-server', '--restart', 'always', '--link', 'zz-database:db')
    const pids = (await daemon.ok('inspect', '-f', '{{.State.Pid}}', 'aa-server', 'zz-database')).split('\n').map(Number)
    await daemon.stop('SIGKILL')
    for (const pid of pids) {
      process.kill(pid, 'SIGKILL')
      await until('the process to end', () => !existsSync(`/proc/${pid}`))
    }
    await daemon.start()
    const isUp = async (name: string) => (await daemon.ok('inspect', '-f', '{{.State.Status}}', name)) === 'running'
    await until('both to run', async () => (await isUp('aa-server')) && (await isUp('zz-database')))
    expect(await hostsOf('aa-server')).toContain(`\n${await addressOf('zz-database')}\tdb `)
    expect(await daemon.log()).not.toContain('could not be started with the daemon')
  })
})
