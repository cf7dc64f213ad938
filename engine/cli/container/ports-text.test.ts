import { expect, it } from 'vitest'
import { portsText } from './ports-text.ts'

const published = (PrivatePort: number, PublicPort: number, IP = '0.0.0.0') => ({ IP, PrivatePort, PublicPort, Type: 'tcp' })
const exposed = (PrivatePort: number, Type = 'tcp') => ({ PrivatePort, Type })

it.each([
  ['nothing', [], ''],
  ['an exposed port', [exposed(80)], '80/tcp'],
  ['a mapping', [published(80, 8080), published(80, 8080, '::')], '0.0.0.0:8080->80/tcp, [::]:8080->80/tcp'],
  ['a range that maps to itself', [9002, 9000, 9001].map((port) => published(port, port)), '0.0.0.0:9000-9002->9000-9002/tcp'],
  ['a range of exposed ports, and one apart', [exposed(53, 'udp'), exposed(7), exposed(8), exposed(20)], '7-8/tcp, 20/tcp, 53/udp'],
  ['ranges before mappings', [published(80, 8080), exposed(99)], '99/tcp, 0.0.0.0:8080->80/tcp'],
])('%s', (_, ports, text) => expect(portsText(ports)).toBe(text))
