/**
 * Everything a fresh machine needs before our own code can run: npm packages, Debian packages, the built programs.
 * Plain JavaScript for the machine's own Node, with nothing but its standard library: it runs before anything is
 * installed. Each step looks first and does nothing when there is nothing to do.
 *
 * Usage: node build/setup.mjs start|vm|test|long|packages
 *
 * `packages` is for whoever has pulled: npm packages that are new, and nothing else.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FOLDERS = ['', '/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** The engine itself: what it looks for → the Debian package that has it. */
// biome-ignore format: a table
const ENGINE_PACKAGES = {
  runc: 'runc', conmon: 'conmon', ip: 'iproute2', nft: 'nftables', mount: 'mount', tar: 'tar', ps: 'procps',
  '/bin/busybox': 'busybox-static', '/usr/bin/tini-static': 'tini',
  '/etc/ssl/certs/ca-certificates.crt': 'ca-certificates',
  openssl: 'openssl',
}

/** The window. */
// biome-ignore format: a table
const DESKTOP_PACKAGES = {
  '/usr/lib/*/libgtk-3.so.0': 'libgtk-3-0', '/usr/lib/*/libnss3.so': 'libnss3', '/usr/lib/*/libasound.so.2': 'libasound2',
  '/usr/lib/*/libgbm.so.1': 'libgbm1', '/usr/lib/*/libXss.so.1': 'libxss1', '/usr/lib/*/libnotify.so.4': 'libnotify4', unzip: 'unzip',
}

/** What the tests drive: the real docker client, a real dockerd to compare with, a display, a browser. */
// biome-ignore format: a table
const TEST_PACKAGES = {
  docker: 'docker.io', dockerd: 'docker.io', Xvfb: 'xvfb', xauth: 'xauth', chromium: 'chromium', git: 'git', curl: 'curl', xz: 'xz-utils', zstd: 'zstd', bzip2: 'bzip2', iptables: 'iptables',
  skopeo: 'skopeo', podman: 'podman', buildah: 'buildah', 'docker-registry': 'docker-registry', 'docker-compose': 'docker-compose', luajit: 'luajit', '/usr/lib/python3/dist-packages/docker/__init__.py': 'python3-docker',
}

/** What packages are made with, where that is not there anyway. */
const DIST_PACKAGES = { rpmbuild: 'rpm' }

/** What the suites drive that take too long for `npm test`. */
const LONG_PACKAGES = {
  ...DIST_PACKAGES,
  debootstrap: 'debootstrap',
  makensis: 'nsis',
  'ceph-mon': 'ceph-mon',
  'ceph-osd': 'ceph-osd',
  radosgw: 'radosgw',
  'qemu-system-aarch64': 'qemu-system-arm',
  'qemu-aarch64-static': 'qemu-user-static',
}

/** What the virtual machine's image is made with, and what starts it. */
// biome-ignore format: a table
const VM_PACKAGES = {
  'mkfs.erofs': 'erofs-utils', depmod: 'kmod', xz: 'xz-utils', zstd: 'zstd', openssl: 'openssl', 'qemu-img': 'qemu-utils',
  ...(process.arch === 'arm64' ? { 'qemu-system-aarch64': 'qemu-system-arm' } : { 'qemu-system-x86_64': 'qemu-system-x86' }),
}

const purpose = process.argv[2] ?? 'start'
const hasDisplay = Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)

if (purpose === 'packages') {
  installMissingPackages()
  process.exit(0)
}
// `vm` comes on top of `start`, once somebody wants a virtual machine.
if (purpose !== 'vm') installNpmPackages()
installDebianPackages()
if (purpose !== 'vm') buildPrograms()

/** @param {string} text */
function say(text) {
  process.stderr.write(`• ${text}\n`)
}

/** @param {string} text @returns {never} */
function stop(text) {
  process.stderr.write(`\n${text}\n`)
  process.exit(1)
}

/** `npm ci` insists on packages for machines that are not this one, so the lock file is followed by `npm install`. */
function installNpmPackages() {
  const wanted = digest([join(ROOT, 'package.json'), join(ROOT, 'package-lock.json')])
  const marker = join(ROOT, 'node_modules', '.engineroom-installed')
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return
  say('installing npm packages (once)')
  runNpmInstall()
  writeFileSync(marker, wanted)
}

/** A checkout that was installed before somebody added a package. */
function installMissingPackages() {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const missing = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !existsSync(join(ROOT, 'node_modules', name)))
  if (missing.length === 0) return
  say(`installing npm packages: ${missing.join(' ')}`)
  // What npm noted of its last run is not what is there.
  rmSync(join(ROOT, 'node_modules', '.package-lock.json'), { force: true })
  runNpmInstall()
}

function runNpmInstall() {
  const { status } = spawnSync('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) stop('npm could not install the packages: see its message above.')
}

function installDebianPackages() {
  const isForTests = purpose === 'test' || purpose === 'long'
  const wanted = {
    ...(purpose === 'vm' ? {} : ENGINE_PACKAGES),
    ...(isForTests || (purpose === 'start' && hasDisplay) ? DESKTOP_PACKAGES : {}),
    ...(isForTests ? TEST_PACKAGES : {}),
    ...(isForTests || purpose === 'vm' ? VM_PACKAGES : {}),
    ...(purpose === 'long' ? LONG_PACKAGES : {}),
    ...(purpose === 'dist' ? DIST_PACKAGES : {}),
  }
  const missing = [
    ...new Set(
      Object.entries(wanted)
        .filter(([file]) => !isThere(file))
        .map(([, name]) => name),
    ),
  ]
  if (missing.length === 0) return
  const line = `apt-get install -y --no-install-recommends ${missing.join(' ')}`
  if (process.getuid?.() !== 0 || !isThere('apt-get')) stop(`Some Debian packages are missing. As root, run:\n\n  ${line}\n`)
  say(`installing Debian packages: ${missing.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const log = join(ROOT, '.cache', 'apt.log')
  mkdirSync(join(ROOT, '.cache'), { recursive: true })
  for (const command of ['apt-get update -q', line]) {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { env, encoding: 'utf8', maxBuffer: 1 << 28 })
    writeFileSync(log, `$ ${command}\n${stdout}${stderr}`, { flag: 'a' })
    // A mirror that is away for `update` need not matter: the lists of yesterday may do.
    if (status !== 0 && command === line) stop(`${stderr.trim()}\n\nThis failed: ${line}\nAll of its output is in ${log}`)
  }
}

/** Once per state of the sources; a second start compares times and goes on. */
function buildPrograms() {
  const marker = join(ROOT, 'dist', '.built')
  const newest = Math.max(...['engine', 'electron', 'renderer', 'build', 'package-lock.json'].map((name) => newestChange(join(ROOT, name))))
  if (existsSync(marker) && statSync(marker).mtimeMs > newest) return
  const env = { ...process.env, PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env.PATH}` }
  say('building the engine, the client and the desktop')
  runStep('node', ['build/bundle.ts'], env)
  say('building the window')
  runStep('vite', ['build', '--config', 'renderer/vite.config.ts', '--logLevel', 'error'], env)
  writeFileSync(marker, '')
}

/** @param {string} command @param {string[]} args @param {NodeJS.ProcessEnv} env */
function runStep(command, args, env) {
  const { status } = spawnSync(command, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) stop(`This failed: ${command} ${args.join(' ')}`)
}

/** @param {string} path @returns {number} */
function newestChange(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestChange(join(path, name))))
}

/** @param {string[]} files */
function digest(files) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(file))
  return hash.digest('hex')
}

/** A command in PATH or root's folders, or a file whose path may hold one `*` for a folder. @param {string} name */
function isThere(name) {
  if (name.includes('*')) {
    const [parent, rest] = name.split('/*/')
    return readdirSync(parent).some((folder) => existsSync(join(parent, folder, rest)))
  }
  if (name.startsWith('/')) return existsSync(name)
  const folders = [...(process.env.PATH ?? '').split(':'), ...FOLDERS].filter((folder) => folder !== '')
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false // Not here: the next folder may have it.
    }
  })
}
