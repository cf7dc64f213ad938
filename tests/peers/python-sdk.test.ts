import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon, type TestDaemon } from '../harness/daemon.ts'
import { run } from '../harness/run.ts'

const SCRIPT = fileURLToPath(new URL('python-sdk.py', import.meta.url))

let daemon: TestDaemon
/** Scenario → null, or the traceback of what went wrong. */
let outcomes: Readonly<Record<string, string | null>>

beforeAll(async () => {
  daemon = await startDaemon()
  const env = { DOCKER_HOST: `unix://${daemon.socketPath}`, DOCKER_CONFIG: join(daemon.root, 'docker-config') }
  const { code, stdout, stderr } = await run('/usr/bin/python3', [SCRIPT], { env })
  if (code !== 0) throw new Error(`the script ended with ${code}: ${stderr}`)
  outcomes = JSON.parse(stdout) as Record<string, string | null>
})
afterAll(() => daemon[Symbol.asyncDispose]())

/** Each is a function of the script. */
const SCENARIOS = [
  'run_returns_the_output_of_a_container',
  'run_raises_what_went_wrong',
  'a_container_lives_its_life',
  'logs_come_at_once_and_as_a_stream',
  'exec_run_tells_output_and_exit_code',
  'exec_and_attach_take_input_through_a_socket',
  'archives_go_in_and_come_out',
  'volumes_keep_data',
  'events_are_told_as_they_happen',
  'images_are_built_tagged_saved_and_removed',
  'a_container_becomes_an_image',
  'default_networks_are_listed',
  'networks_are_made_joined_and_left',
  'the_engine_describes_itself',
]

test.each(SCENARIOS)("docker's Python SDK: %s", (name) => {
  expect(outcomes[name] === undefined ? 'is not in the script' : outcomes[name]).toBeNull()
})

test('every scenario of the script is looked at', () => {
  expect(Object.keys(outcomes)).toEqual(SCENARIOS)
})
