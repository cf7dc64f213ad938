import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { createServer, type Server, type Socket } from 'node:net'
import { decode, encode, type Packet, TRUNCATED_RESPONSE } from 'dns-packet'
import type { SocketPair } from '../../linux/netns-sockets.ts'
import { answerFor, failureFor } from './answer.ts'
import type { NameView } from './names.ts'
import { framed, messageLength } from './tcp-messages.ts'
import { askUpstream, type Transport } from './upstream.ts'

/**
 * Where our resolver listens, at a gateway or inside a container: not 53, which a server of the host's or the container's
 * may have on all its addresses, and not a port that the kernel gives to whoever asks for any. Containers are led there.
 * @see sandboxText
 */
export const DNS_PORT = 61053

/** How long a TCP client may be silent. */
const IDLE_MS = 10_000

/** Who asks, by the address that the question comes from; undefined for nobody of ours, who gets no answer. */
export type ViewOf = (sourceAddress: string) => NameView | undefined

/** Answers the containers of one network at its gateway, or one container in its own namespace; by UDP and TCP. */
export class NameServer {
  readonly #viewOf: ViewOf
  readonly #udp: UdpSocket
  readonly #tcp: Server
  readonly #connections = new Set<Socket>()
  #isClosed = false

  /** @param sockets that are open already */
  constructor(viewOf: ViewOf, { udp, tcp }: SocketPair = { udp: createSocket('udp4'), tcp: createServer() }) {
    this.#viewOf = viewOf
    this.#udp = udp
    this.#tcp = tcp
    this.#udp.on('message', (query, from) => {
      void this.#respond(query, from.address, 'udp').then((answer) => {
        // Another server may take its time, and Node throws where a socket was closed meanwhile.
        if (answer && !this.#isClosed) this.#udp.send(answer, from.port, from.address)
      })
    })
    // A container that is gone: its answer is lost, as datagrams are.
    this.#udp.on('error', () => {})
    this.#tcp.on('connection', (socket) => this.#serve(socket))
  }

  /** @param address of the host on the bridge @throws Error when it cannot be had */
  async listen(address: string): Promise<void> {
    await settled(this.#udp, (done) => this.#udp.bind({ address, port: DNS_PORT, exclusive: true }, done))
    await settled(this.#tcp, (done) => this.#tcp.listen({ host: address, port: DNS_PORT }, done))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const socket of this.#connections) socket.destroy()
    await new Promise<void>((done) => this.#udp.close(() => done()))
    await new Promise<void>((done) => this.#tcp.close(() => done()))
  }

  #serve(socket: Socket): void {
    let received = Buffer.alloc(0)
    this.#connections.add(socket)
    socket.setTimeout(IDLE_MS, () => socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#connections.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      for (let length = messageLength(received); length !== undefined; length = messageLength(received)) {
        const query = received.subarray(2, 2 + length)
        received = received.subarray(2 + length)
        void this.#respond(query, socket.remoteAddress ?? '', 'tcp').then((answer) => answer && socket.writable && socket.write(framed(answer)))
      }
    })
  }

  async #respond(bytes: Buffer, source: string, transport: Transport): Promise<Buffer | undefined> {
    const view = this.#viewOf(source)
    const query = view && decoded(bytes)
    if (!query) return undefined
    const known = answerFor(query, view)
    if (known) return transport === 'udp' ? encodeForUdp(known) : encode(known)
    return (await askUpstream(bytes, view.upstreams, transport)) ?? encode(failureFor(query))
  }
}

/** As many answers as every client takes in a datagram, and a sign when there are more. @see RFC 1035 4.2.1 */
function encodeForUdp(packet: Packet): Buffer {
  const bytes = encode(packet)
  if (bytes.length <= MOST_UDP_BYTES) return bytes
  return encodeForUdp({ ...packet, flags: (packet.flags ?? 0) | TRUNCATED_RESPONSE, answers: packet.answers?.slice(0, -1) ?? [] })
}

const MOST_UDP_BYTES = 512

/** Undefined for what is no question: who sends it gets no answer. */
function decoded(bytes: Buffer) {
  try {
    const packet = decode(bytes)
    return packet.type === 'query' ? packet : undefined
  } catch {
    return undefined // dns-packet throws at anything that is not as it should be.
  }
}

async function settled(emitter: UdpSocket | Server, begin: (done: () => void) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  emitter.once('error', reject)
  begin(resolve)
  await promise
  emitter.off('error', reject)
}
