import { type Duplex, PassThrough, type Readable } from 'node:stream'
import { hasCode } from '../errors.ts'

type Done = (error?: Error | null) => void

/**
 * What a client sends, to the last byte, even if it leaves at once. Node gives a socket up, with all that has arrived and was
 * not read yet, as soon as something cannot be written to it, or as its peer is seen to have left without having read
 * everything: who types a line and closes the window would lose the line to what the container happened to print meanwhile.
 * @returns the socket's input; the socket closes once that was read, if nobody is there for the output any more
 */
export function heardOut(socket: Duplex): Readable {
  const input = new PassThrough()
  const leave = () => void socket.destroy()
  const forgive = (done: Done): Done => {
    return (error) => {
      if (!hasCode(error, 'EPIPE', 'ECONNRESET') || input.readableEnded || input.destroyed) return done(error)
      if (!input.listeners('end').includes(leave)) input.once('end', leave)
      done()
    }
  }
  const write = socket._write.bind(socket)
  const writev = socket._writev?.bind(socket)
  socket._write = (chunk, encoding, done) => write(chunk, encoding, forgive(done))
  if (writev) socket._writev = (chunks, done) => writev(chunks, forgive(done))
  socket.on('error', leave) // However a client went, it went.
  socket.pipe(input)
  socket.once('close', () => input.end())
  return input
}
