import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { run } from '../harness/run.ts'
import { freePort } from '../harness/tcp.ts'
import { until } from '../harness/until.ts'

/** Where a test finds a bucket. */
export interface TestBucket {
  readonly endpoint: string
  readonly bucket: string
  /** What the AWS SDK reads its credentials from. */
  readonly env: { readonly AWS_ACCESS_KEY_ID: string; readonly AWS_SECRET_ACCESS_KEY: string }
}

const ENV = { AWS_ACCESS_KEY_ID: 'engineroom', AWS_SECRET_ACCESS_KEY: 'of-a-test' }
const START_MS = 90_000

/**
 * A Ceph cluster of one monitor, one OSD that keeps its objects in memory, and a gateway that speaks S3: as root, without
 * systemd, in a folder of its own, on loopback. All of it ends with this process, however that ends.
 */
export class Ceph implements AsyncDisposable {
  readonly #folder: string
  readonly #children: ChildProcess[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  static async start(): Promise<Ceph & { readonly bucket: TestBucket }> {
    const ceph = new Ceph(await mkdtemp('/tmp/er-ceph-'))
    try {
      return Object.assign(ceph, { bucket: await ceph.#start() })
    } catch (error) {
      const log = await readFile(join(ceph.#folder, 'out'), 'utf8').catch(() => '')
      await ceph[Symbol.asyncDispose]()
      throw new Error(`Ceph did not start: ${log.slice(-4000)}`, { cause: error })
    }
  }

  async #start(): Promise<TestBucket> {
    const cluster = randomUUID()
    const [monitorPort, gatewayPort] = [await freePort(), await freePort()]
    const monitor = `v2:127.0.0.1:${monitorPort}`
    const endpoint = `http://127.0.0.1:${gatewayPort}`
    await writeFile(join(this.#folder, 'ceph.conf'), configuration(this.#folder, { cluster, monitor, gatewayPort }))
    await mkdir(join(this.#folder, 'osd'))
    await this.#run('monmaptool', '--create', '--fsid', cluster, '--addv', 'a', `[${monitor}]`, join(this.#folder, 'monmap'))
    await this.#run('ceph-mon', '-i', 'a', '--mkfs', '--monmap', join(this.#folder, 'monmap'))
    this.#spawn('ceph-mon', '-i', 'a', '-f')
    const osd = randomUUID()
    await this.#run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osd)
    await this.#run('ceph', '--connect-timeout', '60', 'osd', 'new', osd, '0')
    this.#spawn('ceph-osd', '-i', '0', '-f')
    await this.#run(
      'radosgw-admin',
      'user',
      'create',
      '--uid=test',
      '--display-name=test',
      `--access-key=${ENV.AWS_ACCESS_KEY_ID}`,
      `--secret-key=${ENV.AWS_SECRET_ACCESS_KEY}`,
    )
    this.#spawn('radosgw', '-f', '-n', 'client.admin')
    const client = testClient(endpoint)
    await until('the gateway to make a bucket', () => client.send(new CreateBucketCommand({ Bucket: 'test' })), START_MS)
    client.destroy()
    return { endpoint, bucket: 'test', env: ENV }
  }

  async #run(program: string, ...args: string[]): Promise<void> {
    const { code, stdout, stderr } = await run(program, args, { env: this.#env, timeoutMs: START_MS })
    if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${code} ${stdout}${stderr}`)
  }

  #spawn(program: string, ...args: string[]): void {
    const log = openSync(join(this.#folder, 'out'), 'a')
    this.#children.push(spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], { env: { ...process.env, ...this.#env }, stdio: ['ignore', log, log] }))
    closeSync(log)
  }

  get #env(): NodeJS.ProcessEnv {
    return { CEPH_CONF: join(this.#folder, 'ceph.conf') }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL') // There is nothing to keep, and an OSD takes its time to say goodbye.
      await ended
    }
    await rm(this.#folder, { recursive: true, force: true })
  }
}

export function testClient(endpoint: string): S3Client {
  const credentials = { accessKeyId: ENV.AWS_ACCESS_KEY_ID, secretAccessKey: ENV.AWS_SECRET_ACCESS_KEY }
  return new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials })
}

function configuration(folder: string, { cluster, monitor, gatewayPort }: { cluster: string; monitor: string; gatewayPort: number }): string {
  return `
[global]
fsid = ${cluster}
mon initial members = a
mon host = ${monitor}
public addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
# Without keys nothing can be encrypted, which a gateway insists on otherwise.
ms mon client mode = crc
ms bind ipv6 = false
ms bind msgr1 = false
# A monitor waits a second before it tells of a change, in case that there are more: making a pool takes several.
paxos propose interval = 0.05
paxos min wait = 0.01
run dir = ${folder}
pid file =
admin socket =
log file = /dev/null
mon cluster log file = /dev/null
crash dir = ${folder}
mon data = ${folder}/mon
mon data avail crit = 1
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 4294967296
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
rgw frontends = beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1
rgw enable usage log = false
`
}
