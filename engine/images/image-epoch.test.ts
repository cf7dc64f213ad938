import { expect, it } from 'vitest'
import { configAt } from './image-epoch.ts'

it('has an image say nothing later of itself, but for what it stands on', () => {
  const history = [
    { created: '2024-05-01T10:00:00Z', created_by: 'base' },
    { created: '2000-01-01T00:00:00Z', created_by: 'long ago' },
    { created: '2024-05-02T10:00:00Z', created_by: 'own', empty_layer: true },
  ]
  const config = JSON.stringify({ created: '2024-05-02T10:00:00Z', os: 'linux', 'org.field': [1], history })
  expect(JSON.parse(configAt(config, 1_000_000_000, history.slice(0, 1)))).toEqual({
    created: '2001-09-09T01:46:40Z',
    os: 'linux',
    'org.field': [1],
    history: [history[0], history[1], { ...history[2], created: '2001-09-09T01:46:40Z' }],
  })
  // Of another base, nothing stays.
  expect(configAt(config, 1_000_000_000, [{ created_by: 'other' }])).not.toContain('2024')
})
