import type { Duplex } from 'node:stream'

/** What one side says the other hears, its end included; when one breaks, so does the other. Each direction ends by itself, as attach and exec need it. */
export function join(client: Duplex, engine: Duplex): void {
  client.pipe(engine)
  engine.pipe(client)
  client.on('error', () => client.destroy())
  engine.on('error', () => client.destroy())
  // Who has ended properly may still have something in the pipe.
  engine.on('close', () => (engine.readableEnded ? destroySoon(client) : client.destroy()))
  client.on('close', () => (client.readableEnded ? destroySoon(engine) : engine.destroy()))
}

/** Once everything is on its way. */
function destroySoon(stream: Duplex): void {
  stream.end()
  if (stream.writableFinished) stream.destroy()
  else stream.once('finish', () => stream.destroy())
}
