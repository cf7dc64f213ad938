import { EngineError } from '../../errors.ts'
import type { ApiCall } from '../call.ts'

const UINT32_MAX = 0xffffffff

/** The terminal size of a resize request. @throws EngineError `invalid` with docker's words */
export function parseSize(call: ApiCall): { height: number; width: number } {
  return { height: dimension(call.query.text('h'), 'height'), width: dimension(call.query.text('w'), 'width') }
}

function dimension(text: string, name: string): number {
  if (!/^\d+$/.test(text)) throw new EngineError('invalid', `invalid resize ${name} ${JSON.stringify(text)}: invalid syntax`)
  const value = Number(text)
  if (value > UINT32_MAX) throw new EngineError('invalid', `invalid resize ${name} ${JSON.stringify(text)}: value out of range`)
  return value
}
