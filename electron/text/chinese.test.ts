import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { placesOf } from '../../renderer/language/message.ts'
import { trayModel } from '../desktop/tray-model.ts'
import { someStatus } from '../testing/some-status.ts'
import { CHINESE } from './chinese.ts'
import { FROM_ENGINE } from './from-engine.ts'
import { sayKnown, speak } from './say.ts'

const FOLDER = fileURLToPath(new URL('..', import.meta.url))

afterEach(() => speak('en'))

test('no Chinese stands there that nothing says', () => {
  const files = globSync(['main.ts', 'desktop/*.ts', 'notifications/*.ts'], { cwd: FOLDER }).filter((path) => !path.endsWith('.test.ts'))
  const code = files.map((path) => readFileSync(`${FOLDER}/${path}`, 'utf8')).join('\n')
  expect(Object.keys(CHINESE).filter((message) => !code.includes(`'${message}'`))).toEqual([])
})

describe('the Chinese of a message has its places', () => {
  test.each([...Object.entries(CHINESE), ...Object.entries(FROM_ENGINE)])('%s', (message, chinese) =>
    expect(placesOf(chinese).sort()).toEqual(placesOf(message).sort()),
  )
})

test('what the engine says of a disk that fills up is known to the letter, and said in Chinese', () => {
  const code = readFileSync(`${FOLDER}/../engine/checks/disk.ts`, 'utf8').replace(/\$\{[^}]*\}/g, '{}')
  expect(Object.keys(FROM_ENGINE).filter((message) => !code.includes(message.replace(/\{\w+\}/g, '{}')))).toEqual([])
  speak('zh-CN')
  expect(sayKnown('1.0 GB of 100.0 GB are free at /data. Remove what nobody needs (Data directory), or move the data to a larger disk.')).toBe(
    '/data 共 100.0 GB，空闲 1.0 GB。请删除不需要的内容（见“数据目录”），或者把数据移到更大的磁盘。',
  )
})

test('the tray speaks Chinese from then on', () => {
  speak('zh-CN')
  const containers = [
    { id: 'a', name: 'web', isPaused: false, ports: [] },
    { id: 'b', name: 'db', isPaused: true, ports: [] },
  ]
  const { tooltip, items } = trayModel({ host: someStatus({ state: 'running' }), containers, endings: [], opensAtLogin: false, newerVersion: '0.2.0' })
  expect(tooltip).toBe('Engineroom：引擎正在运行：2 个容器，1 个已暂停')
  expect(items.flatMap((item) => (item.kind === 'separator' ? [] : [item.text]))).toEqual([
    '打开 Engineroom',
    '引擎正在运行：2 个容器，1 个已暂停',
    '重启引擎（容器继续运行）',
    'web',
    'db（已暂停）',
    'Engineroom 0.2.0 已发布',
    '登录时打开',
    '退出（引擎和容器继续运行）',
  ])
})
