import { expect, test } from 'vitest'
import { parseContainer } from '../api/containers.ts'
import { containerLines, NEWEST_FIRST, nextOrder, type OrderKey } from './container-lines.ts'

let created = 0
function container(name: string, project: string, State = 'running', port?: number) {
  created += 1
  const Ports = port === undefined ? [] : [{ PrivatePort: 80, PublicPort: port, Type: 'tcp' }]
  return parseContainer(
    { Id: name, Names: [`/${name}`], State, Ports, Created: created, Labels: project === '' ? {} : { 'com.docker.compose.project': project } },
    0,
  )
}

const ROWS = [
  container('alone', '', 'exited', 90),
  container('shop-db', 'shop', 'running'),
  container('zoo', '', 'running', 80),
  container('shop-web', 'shop', 'restarting', 8080),
  container('blog-web', 'blog', 'paused', 70),
]

const shown = (key: OrderKey, isDescending = false, folded: string[] = []) =>
  containerLines(ROWS, { key, isDescending }, new Set(folded)).map((line) =>
    line.kind === 'project' ? `${line.name}:${line.members.length}` : `${line.isMember ? '· ' : ''}${line.row.name}`,
  )

test('containers of a project stand below it, where the first of them would', () => {
  expect(shown('created')).toEqual(['blog:1', '· blog-web', 'shop:2', '· shop-web', '· shop-db', 'zoo', 'alone'])
})

test('a project that is folded shows itself only', () => {
  expect(shown('created', false, ['shop'])).toEqual(['blog:1', '· blog-web', 'shop:2', 'zoo', 'alone'])
})

test('by name, by state with what fails first, by port with those without one last', () => {
  expect(shown('name')).toEqual(['alone', 'blog:1', '· blog-web', 'shop:2', '· shop-db', '· shop-web', 'zoo'])
  expect(shown('name', true)).toEqual(['zoo', 'shop:2', '· shop-web', '· shop-db', 'blog:1', '· blog-web', 'alone'])
  expect(shown('state')).toEqual(['shop:2', '· shop-web', '· shop-db', 'blog:1', '· blog-web', 'zoo', 'alone'])
  expect(shown('ports')).toEqual(['blog:1', '· blog-web', 'zoo', 'alone', 'shop:2', '· shop-web', '· shop-db'])
})

test('a third click on a column is the newest first again', () => {
  const first = nextOrder(NEWEST_FIRST, 'name')
  const second = nextOrder(first, 'name')
  expect([first, second, nextOrder(second, 'name')]).toEqual([{ key: 'name', isDescending: false }, { key: 'name', isDescending: true }, NEWEST_FIRST])
})
