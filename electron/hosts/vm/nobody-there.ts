import { codeOf } from '../../errors.ts'

/** Whether nobody listens on this socket (any more): also who ends while being asked is gone. */
export function isNobodyThere(error: unknown): boolean {
  return ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '')
}
