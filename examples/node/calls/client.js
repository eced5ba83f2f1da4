// Makes a call, and shows the response as JSON:
//
//   node client.js 127.0.0.1:7000 greet '"world"'
//   node client.js --timeout 500 127.0.0.1:7000 sleep 10000
//   node client.js --down 127.0.0.1:7000 count 3
//   node client.js --up 127.0.0.1:7000 sum 1 2 3
//
// Without a method it reads calls from standard input, a line of JSON for each, and makes them all at once:
// {"method": "greet", "request": "world", "timeout": 500, "up": false, "down": false, "notify": false}. It shows a line for each.
//
// Exit codes: 0 all calls were answered well, 1 not, 2 wrong usage, 130 interrupted.
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { address, fail } from './arguments.js'
import { connect, unary } from './demarc.js'

const usage = 'usage: node client.js [--timeout MS] [--up] [--down] [--notify] HOST:PORT [METHOD [REQUEST...]]'
const abort = new AbortController()
let failed = false

/** Makes a call, and returns what came of it. */
async function make (connection, { method, request = null, timeout, up, down, notify }) {
  const options = { timeout, signal: abort.signal }
  if (notify) return await connection.notify(method, request) ?? null
  if (!down) return up ? connection.up(method, request, options) : connection.call(method, request, options)
  const messages = []
  for await (const message of up ? connection.both(method, request, options) : connection.down(method, request, options)) {
    messages.push(message)
  }
  return messages
}

/** Makes a call, and shows what came of it. */
async function show (connection, call) {
  try {
    console.log(JSON.stringify({ response: await make(connection, call) }))
  } catch (err) {
    failed = true
    console.log(JSON.stringify({ code: err.code, text: err.text ?? err.message, outcome: err.outcome }))
  }
}

/** Makes the calls of standard input. */
async function showAll (connection) {
  const calls = []
  for await (const line of createInterface({ input: process.stdin })) calls.push(JSON.parse(line))
  await Promise.all(calls.map(call => show(connection, call)))
}

function parsed () {
  try {
    const { values, positionals: [where, method, ...request] } = parseArgs({
      allowPositionals: true,
      options: { timeout: { type: 'string' }, up: { type: 'boolean' }, down: { type: 'boolean' }, notify: { type: 'boolean' } }
    })
    const [host, port] = address(where)
    const timeout = values.timeout === undefined ? undefined : Number(values.timeout)
    const messages = request.map(text => JSON.parse(text))
    return { host, port, method, ...values, timeout, request: values.up ? messages : messages[0] }
  } catch {
    return fail('client', usage, 2)
  }
}

const { host, port, ...call } = parsed()
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    abort.abort()
    process.exitCode = 130
  })
}
const methods = { answer: unary(question => `${question} 42`) } // the server may ask
const connection = await connect({ host, port, methods })
  .catch(err => fail('client', `cannot connect to ${host}:${port}: ${err.code ?? err.message}`, 1))
await (call.method ? show(connection, call) : showAll(connection))
await connection.shutdown()
if (failed) process.exitCode ??= 1
