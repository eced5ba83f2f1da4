// Serves some methods until it is interrupted:
//
//   node server.js 127.0.0.1:7000
//
// Exit codes: 0 interrupted, 1 the address cannot be used, 2 wrong usage.
import { setTimeout as sleep } from 'node:timers/promises'
import { address, fail } from './arguments.js'
import { both, CallError, down, notify, Server, unary, up } from './demarc.js'

const notes = []

const methods = {
  greet: unary(name => `hello ${name}`),
  divide: unary(({ A, B }) => {
    if (B === 0) throw new CallError('invalid_argument', 'division by zero')
    return Math.trunc(A / B)
  }),
  sleep: unary((milliseconds, { signal }) => sleep(milliseconds, 'slept', { signal })),
  token: unary((_, { metadata, reply }) => {
    reply.set('server', 'node')
    return metadata.get('token')?.toString() ?? ''
  }),
  ask: unary((question, { connection }) => connection.call('answer', question)), // calls the caller
  note: notify(text => { notes.push(text) }),
  notes: unary(() => notes.splice(0)),
  count: down(async function * (to) { for (let i = 1; i <= to; i++) yield i }),
  sum: up(async numbers => {
    let sum = 0
    for await (const n of numbers) sum += n
    return sum
  }),
  double: both(async function * (numbers) { for await (const n of numbers) yield 2 * n })
}

const [host, port] = address(process.argv[2]) ?? fail('server', 'usage: node server.js HOST:PORT', 2)
const server = new Server({ methods, onerror: err => console.error(`server: ${err.message}`) })
const at = await server.listen(port, host).catch(err => fail('server', err.message, 1))
console.log(`listening on ${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`)
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => { // a second signal ends it at once
    await server.shutdown()
    console.log('shut down')
  })
}
