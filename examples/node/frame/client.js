// Sends texts as frames to a server that sends each back, such as `go run ./examples/ticker -listen 127.0.0.1:7000`, and shows
// what comes.
//
//   node client.js 127.0.0.1:7000 hello 'Hi from Node 👋'
//
// Exit codes: 0 each text has come back, 1 it has not, 2 wrong usage, 130 interrupted.
import net from 'node:net'
import { encode, frames } from './frame.js'

const patience = 10_000 // milliseconds in which nothing may come

/** Sends texts, and calls show with each answer, until there were as many. */
async function talk (socket, texts, show) {
  for (const text of texts) socket.write(encode(text)) // what the socket does not take at once waits in memory
  let answers = 0
  for await (const payload of frames(socket)) {
    show(new TextDecoder().decode(payload)) // a whole payload has whole characters; half a chunk may not
    if (++answers === texts.length) return
  }
  throw new Error(`the server has closed the connection after ${answers} answers`)
}

/** Fails as all programs here do: with what is wrong, and an exit code. */
function fail (message, code) {
  console.error(`client: ${message}`)
  process.exit(code)
}

const [address = '', ...texts] = process.argv.slice(2)
const [, host, port] = /^\[?(.+?)\]?:(\d{1,5})$/.exec(address) ?? []
if (port === undefined || port > 65535 || texts.length === 0) fail('usage: node client.js HOST:PORT TEXT...', 2)
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => fail('interrupted', 130))

let connected = false
const socket = net.createConnection({ host, port }, () => { connected = true })
socket.setTimeout(patience, () => socket.destroy(new Error(`nothing came for ${patience / 1000} seconds`)))
try {
  await talk(socket, texts, text => console.log(JSON.stringify(text)))
  socket.destroy()
} catch (err) {
  fail(connected ? err.message : `cannot connect to ${address}: ${err.code ?? err.message}`, 1)
}
