import { Check, Errors } from 'typebox/value'
import { messageOf } from '../errors.ts'
import { CALL_NAMES, type CallName, channelOf } from './channels.ts'
import { type Argument, type Calls, calls, type Outcome, type Reply } from './contract.ts'

/** The part of Electron's ipcMain that this needs. `E` is its event, which knows who calls. */
export interface CallPort<E> {
  handle(channel: string, listener: (event: E, argument: unknown) => Promise<unknown>): void
}

/**
 * Answers the page's calls. Each is checked for who sends it and for what it says before a handler sees it.
 * @param isOwnPage whether the event comes from the main frame of our own window
 */
export function serveCalls<E>(port: CallPort<E>, isOwnPage: (event: E) => boolean, handlers: Calls): void {
  for (const name of CALL_NAMES) serveCall(port, isOwnPage, name, handlers[name])
}

function serveCall<E, C extends CallName>(port: CallPort<E>, isOwnPage: (event: E) => boolean, name: C, handler: Calls[C]): void {
  port.handle(channelOf(name), async (event, argument): Promise<Outcome<Reply<C>>> => {
    if (!isOwnPage(event)) return { ok: false, message: `${name} is not for this page.` }
    try {
      return { ok: true, value: await handler(parse(name, argument)) }
    } catch (error) {
      return { ok: false, message: messageOf(error) }
    }
  })
}

/** @throws Error that names the first part of the argument that is not as the contract says */
function parse<C extends CallName>(name: C, argument: unknown): Argument<C> {
  const schema = calls[name].argument
  if (Check(schema, argument)) return argument as Argument<C>
  const [fault] = Errors(schema, argument)
  throw new Error(`${name}: the argument${fault?.instancePath.replaceAll('/', '.') ?? ''} ${fault?.message ?? 'is not as agreed'}`)
}
