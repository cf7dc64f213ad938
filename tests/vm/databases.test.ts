import { chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PATIENCE_MS, PERSON, RealVm } from '../harness/real-vm.ts'
import { until } from '../harness/until.ts'
import { succeed } from './machine.ts'

/** What the databases' own images do with a folder of the person's: give it to a user of theirs, become that one, and look whether it has it. */
interface Database {
  readonly user: string
  /** Run by that user, with the folder at /data. */
  readonly prepare: string
  readonly serve: string
  readonly isReady: string
  readonly write: string
  readonly read: string
}

const POSTGRES = '/usr/lib/postgresql/15/bin'
const MARIADB = 'mariadb --socket=/tmp/mariadb.sock'

const databases: Readonly<Record<string, Database>> = {
  postgres: {
    user: 'postgres',
    prepare: `[ -s /data/PG_VERSION ] || ${POSTGRES}/initdb -D /data >/dev/null`,
    serve: `${POSTGRES}/postgres -D /data -k /tmp`,
    isReady: 'pg_isready -q -h /tmp',
    write: `psql -q -h /tmp -c "create table words (word text); insert into words values ('kept')"`,
    read: 'psql -h /tmp -Atc "select word from words"',
  },
  redis: {
    user: 'redis',
    prepare: 'true',
    serve: 'redis-server --dir /data --appendonly yes --appendfsync always',
    isReady: '[ "$(redis-cli ping)" = PONG ]',
    write: '[ "$(redis-cli set word kept)" = OK ]',
    read: 'redis-cli get word',
  },
  mariadb: {
    user: 'mysql',
    prepare: '[ -d /data/mysql ] || mariadb-install-db --datadir=/data --auth-root-authentication-method=socket --auth-root-socket-user=mysql >/dev/null',
    serve: 'mariadbd --datadir=/data --socket=/tmp/mariadb.sock --pid-file=/tmp/mariadb.pid --skip-networking',
    isReady: `${MARIADB} -e "select 1" >/dev/null`,
    write: `${MARIADB} -e "create database d; create table d.words (word text); insert into d.words values ('kept')"`,
    read: `${MARIADB} -Ne "select word from d.words"`,
  },
}

/** PostgreSQL compiles nothing here, so its compiler may be missing. */
const LEFT_OUT = ['./var/cache/apt', './var/lib/apt/lists', './usr/share/doc', './usr/share/locale', './usr/share/man', './dev', '*/libLLVM*']

let folder: string
let archive: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'er-databases-'))
  archive = join(folder, 'root.tar')
  const root = join(folder, 'root')
  const packages = ['postgresql-15', 'redis-server', 'mariadb-server']
  await succeed('debootstrap', ['--variant=minbase', `--include=${packages.join(',')}`, 'bookworm', root])
  await succeed('tar', ['-C', root, ...LEFT_OUT.map((path) => `--exclude=${path}`), '-cf', archive, '.'])
  await rm(root, { recursive: true })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Debian's packages of three databases, in a VM of root's and in one of somebody who cannot give files away. */
describe.each(['root', 'a person'])('with a folder of %s', (owner) => {
  const isPerson = owner !== 'root'
  let vm: RealVm
  let share: string

  beforeAll(async () => {
    vm = isPerson ? await RealVm.createForPerson() : await RealVm.create()
    share = join(vm.home, 'data')
    await mkdir(share)
    if (isPerson) await chown(share, PERSON, PERSON)
    await vm.build()
    await vm.start('--share', share)
    const imported = await vm.docker(['import', archive, 'debian:databases'], { timeoutMs: 500_000 })
    expect(imported.stderr).toBe('')
  })
  afterAll(() => vm?.[Symbol.asyncDispose]())

  test.each(Object.keys(databases))('%s has what it was told, after a kill as well', async (name) => {
    const { user, prepare, serve, isReady, write, read } = databases[name] as Database
    const asUser = `exec setpriv --reuid=${user} --regid=${user} --clear-groups`
    // Each gives the folder away by itself, as the entrypoint of its image does.
    const script = `mkdir -p /data; chown -R ${user} /data; chmod 700 /data; cd /data; ${asUser} sh -ec '${prepare}; exec ${serve}'`
    await vm.ok('run', '-d', '--name', name, '-v', `${join(share, name)}:/data`, 'debian:databases', 'sh', '-ec', script)
    const inside = (command: string) => vm.docker(['exec', '-u', user, name, 'sh', '-c', command])
    const ready = () =>
      until(
        `${name} to answer`,
        async () => {
          if ((await vm.ok('inspect', '-f', '{{.State.Running}}', name)) !== 'true') throw new Error(await vm.ok('logs', '--tail', '20', name))
          return (await inside(isReady)).code === 0
        },
        PATIENCE_MS,
      )

    await ready()
    expect(await inside(write)).toMatchObject({ code: 0, stderr: '' })
    await vm.ok('kill', name)
    await vm.ok('start', name)
    await ready()
    expect((await inside(read)).stdout.trim()).toBe('kept')
    expect((await readdir(join(share, name))).length).toBeGreaterThan(0)
    await vm.ok('rm', '-f', name)
  })
})
