// Calls over TCP: what a program imports.
//
//   const connection = await connect({ host: '127.0.0.1', port: 7000 })
//   console.log(await connection.call('greet', 'world'))
//
//   const server = new Server({ methods: { greet: unary(name => `hello ${name}`) } })
//   await server.listen(7000, '127.0.0.1')
import { once } from 'node:events'
import net from 'node:net'
import { decode, encode } from '@msgpack/msgpack'
import { Connection } from './connection.js'

export { CallError } from './error.js'
export { both, down, notify, unary, up } from './handlers.js'

/** The codec of all messages unless another is given. Objects become maps, and structs in Go. */
export const msgpack = { name: 'msgpack', encode, decode }

/** Connects to a server. The options are those of a Connection, with host and port. It rejects if nobody is there. */
export async function connect ({ host, port, ...options }) {
  const socket = net.connect({ host, port, allowHalfOpen: true, noDelay: true })
  await once(socket, 'connect')
  return new Connection(socket, { codec: msgpack, ...options })
}

/** Server serves methods on any number of connections. The options are those of a Connection. */
export class Server {
  #options
  #listener
  #connections = new Set()

  constructor (options) {
    this.#options = { codec: msgpack, ...options, accepted: true }
    this.#listener = net.createServer({ allowHalfOpen: true, noDelay: true }, socket => this.#serve(socket))
  }

  /** Accepts connections. Resolves to the address, and rejects if it is in use. */
  async listen (port, host) {
    this.#listener.listen(port, host)
    await once(this.#listener, 'listening')
    return this.#listener.address()
  }

  async #serve (socket) {
    const connection = new Connection(socket, this.#options)
    this.#connections.add(connection)
    const err = await connection.closed
    this.#connections.delete(connection)
    if (err) this.#options.onerror?.(err)
  }

  /** Takes no more connections and no more calls; resolves when those in flight are answered. */
  async shutdown () {
    this.#listener.close()
    await Promise.all([...this.#connections].map(connection => connection.shutdown()))
  }
}
