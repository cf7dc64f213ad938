import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { Session } from '../harness/session.ts'
import { CLIENT, engineroom, terminal } from './ours.ts'

let daemon: TestDaemon
beforeAll(async () => {
  daemon = await startDaemon()
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** Our client with pipes, as scripts run it. */
function client(...args: string[]): Session {
  const [node, ...first] = CLIENT
  return new Session(daemon, node, [...first, ...args])
}

describe('input and output', () => {
  test('what is piped in arrives, and its end', async () => {
    const { code, stdout } = await engineroom(daemon, ['run', '--rm', '-i', 'busybox', 'wc', '-c'], { input: 'x'.repeat(3_000_000) })
    expect([code, stdout]).toEqual([0, '3000000\n'])
  })

  test('without -i nothing is read', async () => {
    const { code, stdout } = await engineroom(daemon, ['run', '--rm', 'busybox', 'cat'], { input: 'ignored' })
    expect([code, stdout]).toEqual([0, ''])
  })

  test('stdout and stderr stay apart and whole', async () => {
    const { code, stdout, stderr } = await engineroom(daemon, ['run', '--rm', 'busybox', 'sh', '-c', 'seq 20000; seq 20000 >&2; exit 3'])
    const numbers = Array.from({ length: 20000 }, (_, i) => `${i + 1}\n`).join('')
    expect([code, stdout === numbers, stderr === numbers]).toEqual([3, true, true])
  })

  test('exec takes input, too', async () => {
    await daemon.ok('run', '-d', '--name', 'target', 'busybox', 'sleep', '1000')
    const { code, stdout } = await engineroom(daemon, ['exec', '-i', 'target', 'sh', '-c', 'cat; exit 5'], { input: 'some text\n' })
    expect([code, stdout]).toEqual([5, 'some text\n'])
  })

  test('logs -f ends with the container', async () => {
    await daemon.ok('run', '-d', '--name', 'counter', 'busybox', 'sh', '-c', 'echo one; read line </dev/zero; echo two')
    await using logs = client('logs', '-f', 'counter')
    await logs.shows(/one/)
    await daemon.ok('kill', 'counter')
    expect(await logs.ended).toBe(0)
  })

  test('a reader that leaves early is no error worth a stack trace', async () => {
    const script = `${CLIENT.join(' ')} run --rm busybox yes | head -1`
    await using pipe = new Session(daemon, 'sh', ['-c', script])
    expect(await pipe.ended).toBe(0)
    expect([pipe.stdout, pipe.stderr]).toEqual(['y\n', ''])
  })
})

describe('signals', () => {
  test('are the container’s to answer', async () => {
    await using running = client('run', '--rm', 'busybox', 'sh', '-c', 'trap "echo caught; exit 6" TERM; echo ready; while :; do sleep 1; done')
    await running.shows(/ready/)
    running.kill('SIGTERM')
    expect(await running.ended).toBe(6)
    expect(running.stdout).toBe('ready\ncaught\n')
  })

  test('end only the client with --sig-proxy=false', async () => {
    await using running = client('run', '--name', 'survivor', '--sig-proxy=false', 'busybox', 'sh', '-c', 'echo ready; exec sleep 1000')
    await running.shows(/ready/)
    running.kill('SIGTERM')
    await running.ended
    expect(await daemon.ok('inspect', '-f', '{{.State.Status}}', 'survivor')).toBe('running')
  })
})

describe('a terminal', () => {
  test('has the size of ours, hands keys over one by one, and ends with the shell’s code', async () => {
    await using session = terminal(daemon, 'run --rm -it busybox sh')
    await session.shows(/# /)
    session.type('stty size; tty\r')
    await session.shows(/24 80\r\n\/dev\/pts\/0/)
    session.type('echo go; cat\r')
    await session.shows(/\ngo\r/) // Until then the shell still reads keys, not lines.
    session.type('ping\r')
    await session.shows(/ping\r\nping\r/)
    session.type('\x03') // Ctrl-C is a key here: it ends what runs in the container, not us.
    await session.shows(/\^C[\s\S]*# /)
    session.type('echo $((6*7)); exit 3\r')
    await session.shows(/\n42\r/)
    expect(await session.ended).toBe(3)
  })

  test('can be left and come back to', async () => {
    await using first = terminal(daemon, 'run -it --name shell busybox sh')
    await first.shows(/# /)
    first.type('mark=here\r\x10\x11')
    expect(await first.ended).toBe(0)
    await using second = terminal(daemon, 'attach shell')
    await second.shows(/# /)
    second.type('echo I am $mark\r')
    await second.shows(/\nI am here\r/)
    second.type('\x10\x11')
    expect(await second.ended).toBe(1)
    expect(second.stdout).toContain('read escape sequence')
    await using third = terminal(daemon, 'exec -it --detach-keys a,b shell sh')
    await third.shows(/# /)
    third.type('exit 4\r')
    expect(await third.ended).toBe(4)
    await using fourth = terminal(daemon, 'start -ai --detach-keys x,y shell')
    fourth.type('echo back\r')
    await fourth.shows(/\nback\r/)
    fourth.type('xy')
    expect(await fourth.ended).toBe(0)
  })

  test('is given back as it was', async () => {
    const script = `stty -a >/tmp/er-before-$$; ${CLIENT.join(' ')} run --rm -it busybox true; stty -a | diff /tmp/er-before-$$ - && echo the same; rm /tmp/er-before-$$`
    await using session = new Session(daemon, 'script', ['-qefc', script, '/dev/null'])
    await session.shows(/the same/)
  })
})
